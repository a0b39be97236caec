"""Benchmarks: ratios within one run, never a clock as a test."""
