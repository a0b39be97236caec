"""Reading the official LKE workbook (layout 2021): a grid in, answers and findings out, nothing written."""
