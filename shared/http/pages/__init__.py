"""Pages: rendering, forms and live streams."""
