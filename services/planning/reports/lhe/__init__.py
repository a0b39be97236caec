"""The evaluation report (LHE) of a unit's year, part by part."""
