"""The `vision` plugin: looks at pictures."""

from toolpost_vision.plugin import Vision

__all__ = ["Vision"]
