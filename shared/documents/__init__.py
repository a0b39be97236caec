"""Files that people take away: rows as CSV and XLSX, documents as PDF and DOCX. A service gives the data."""
