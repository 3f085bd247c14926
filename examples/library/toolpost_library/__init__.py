"""Keeps books to be read, searched and discussed."""

from toolpost_library.plugin import Library

__all__ = ["Library"]
