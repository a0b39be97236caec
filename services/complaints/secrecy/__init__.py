"""Who stands behind a case: sealed under a key of its own, read through one door that notes who opens it."""
