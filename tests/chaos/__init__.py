"""Fault tests; a package, so that the stand of some of them (scope "package") ends with the last of them."""
