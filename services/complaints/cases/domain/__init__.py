"""Pure rules of cases: states and acts, the case itself, refusals, and who may not do what."""
