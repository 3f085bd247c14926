"""The `moderation` plugin: finds what should not be said or shown."""

from toolpost_moderation.plugin import Moderation

__all__ = ["Moderation"]
