"""What a provider wants back with the next request of a conversation, and gets only from itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolpost_openai.catalogue import DialectName, Model
from toolpost_openai.server import Server

Kept = Sequence[Mapping[str, Any]]


def origin(dialect: DialectName, server: Server, model: Model) -> str:
    """Who said something: a name without secrets, since it is stored with the conversation."""
    return f"{dialect} {server.name} {model.name}"


def keep(what: Sequence[Mapping[str, Any]], source: str) -> tuple[Mapping[str, Any], ...]:
    """What is to be kept, with where it comes from."""
    return ({"origin": source, "items": list(what)},) if what else ()


def kept_in(message: Mapping[str, Any], source: str) -> list[dict[str, Any]]:
    """What a message of the assistant keeps for this provider, model and dialect; nothing that another said."""
    kept = message.get("kept") or ()
    of_it = (entry["items"] for entry in kept if isinstance(entry, Mapping) and entry.get("origin") == source)
    return [dict(item) for items in of_it for item in items]
