"""What every service is made of beside its own code."""
