"""Servers that are started here: their process, its surroundings, its end, and what it says on stderr."""
