"""Complaints: taken in from anybody, handled by the units' officers, against deadlines."""
