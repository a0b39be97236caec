"""The people of an agency as a file: what it would change, and taking it over."""
