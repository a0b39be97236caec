"""Planning: units, programmes, the work plan with its evidence, and the LKE worksheets of all layers."""
