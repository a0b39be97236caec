"""A process of its own for each file of a stranger: `running` starts it, `inside` is its own end of it."""
