"""Names of people, places and organisations, for the `pii` layer."""

from toolpost_names.plugin import Names

__all__ = ["Names"]
