"""Files that people take away: rows as CSV and XLSX. A service gives the data."""
