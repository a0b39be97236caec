"""Files of strangers: what may come in, and where the bytes lie."""
