"""Worksheets as spreadsheets: the official layouts, filled, and the three layers side by side."""
