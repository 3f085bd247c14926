"""The loop: a model is asked, its calls of tools are made, and it is asked again, until it has answered."""

from toolpost_gateway.loop.loop import Loop
from toolpost_gateway.loop.terms import Terms

__all__ = ["Loop", "Terms"]
