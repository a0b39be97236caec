"""Facts into layers, layers into a verdict: the rules that scoring owns. The arithmetic is the instrument's."""
