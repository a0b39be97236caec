"""The regulation's instruments as data, with exact arithmetic: the LKE and the survey regimes."""
