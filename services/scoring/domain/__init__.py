"""Facts into layers, layers into a verdict: rules of scoring. The arithmetic is the instrument's."""
