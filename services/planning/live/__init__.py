"""What other services and the work plan say of a worksheet's items, folded for the worksheet."""
