"""The `dalle` plugin: draws and changes pictures."""

from toolpost_dalle.plugin import Dalle

__all__ = ["Dalle"]
