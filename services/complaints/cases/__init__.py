"""Cases: their states and acts, who handles them, what may be read of them."""
