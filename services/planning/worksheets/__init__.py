"""LKE worksheets: the answers of every layer, typed or taken over from workbooks."""
