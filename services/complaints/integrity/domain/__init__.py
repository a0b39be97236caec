"""Rules of gifts and conflicts of interest; nothing here knows a database or a request."""
