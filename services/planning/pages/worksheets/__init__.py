"""Pages of the worksheet: which there are, one as a whole, one area to fill, and the evidence of an item."""
