"""What people do with the register of channels, and what probes make of it."""
