"""A call on its way to a server and back, with all that is said meanwhile."""
