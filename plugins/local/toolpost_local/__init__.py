"""toolpost plugin `local`: a small language model in a child process, for work without an API key."""

from toolpost_local.endpoint import Abilities, Endpoint
from toolpost_local.plugin import Local

__all__ = ["Abilities", "Endpoint", "Local"]
