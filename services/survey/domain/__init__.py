"""Rules of survey campaigns. Pure and exact: `now` is an argument."""
