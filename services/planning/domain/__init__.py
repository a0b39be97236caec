"""What planning decides: units, programmes, activities, and what may be written into a worksheet."""
