"""The register of units: who they are, where they stand, and merging them."""
