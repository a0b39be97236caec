"""Reading the official LKE workbook (layout 2021): bytes in, answers and findings out, nothing written.

`child` is loaded anew for every file: nothing heavy is imported here.
"""
