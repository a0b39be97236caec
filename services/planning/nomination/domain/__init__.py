"""Rules of nomination, pure: `now` and every fact are arguments."""
