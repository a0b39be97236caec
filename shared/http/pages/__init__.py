"""Pages: rendering, forms, live streams and the Indonesian way to write numbers and times."""
