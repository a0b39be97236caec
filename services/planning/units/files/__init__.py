"""The register of units as a file, xlsx or csv: read from strangers, written for people."""
