"""Complaints of other systems (SP4N-LAPOR!, SIWAS) as files: read, tried, taken in, told back."""
