"""Rebuild by bulk: fold logs in memory to the last fact of each key, write each once, count each year once.

Source: ADR 0037.
"""
