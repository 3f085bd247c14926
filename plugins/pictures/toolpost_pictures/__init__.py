"""Pictures from wherever a caller may name them, read safely."""

from toolpost_pictures.picture import Picture
from toolpost_pictures.plugin import Pictures

__all__ = ["Picture", "Pictures"]
