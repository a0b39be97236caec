"""How complaints are handled: reports of a period, their evaluations, and figures for others."""
