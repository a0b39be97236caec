"""Keep, open, erase and move identities; keep the register of custodians."""
