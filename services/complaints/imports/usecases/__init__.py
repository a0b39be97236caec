"""Look at a file of another system, take it in, tell its system back."""
