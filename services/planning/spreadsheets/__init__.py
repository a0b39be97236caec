"""Spreadsheets from outside, read into grids without trusting them.

`child` is loaded anew for every file: nothing heavy is imported here.
"""
