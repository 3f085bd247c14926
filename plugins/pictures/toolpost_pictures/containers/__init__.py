"""The four formats: what of a file its first picture needs, and how large that is, before anything is decoded."""

from toolpost_pictures.containers.essence import Essence
from toolpost_pictures.containers.kinds import essence_of

__all__ = ["Essence", "essence_of"]
