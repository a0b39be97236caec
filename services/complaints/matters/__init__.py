"""What lives under deadlines, whatever it is: its acts as data, and that no open one is without a clock."""
