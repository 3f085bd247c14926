"""An OpenAI-compatible API whose model uses the host's tools, conversations that last, and a place to have them."""

from toolpost_gateway.plugin import Gateway

__all__ = ["Gateway"]
