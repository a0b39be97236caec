"""The server of a process: what it admits as HTTP, how long it waits for it, and where it listens."""
