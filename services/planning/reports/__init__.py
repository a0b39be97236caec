"""Reports to be read, signed and kept: the evaluation (LHE), and worksheets. They change nothing."""
