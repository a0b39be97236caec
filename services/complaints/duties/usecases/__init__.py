"""Acts on duties, and reading them."""
