"""What people do about gifts and conflicts of interest."""
