"""Rules of imports: how a file is read, what a row says, and what it does."""
