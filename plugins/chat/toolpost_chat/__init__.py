"""The `chat` plugin: asks a language model."""

from toolpost_chat.plugin import Chat

__all__ = ["Chat"]
