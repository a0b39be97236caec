"""Rules of reports: periods, and what their figures are."""
