"""Pages of nomination: an agency's proposal of a year, what it rests on, and the predicates of units."""
