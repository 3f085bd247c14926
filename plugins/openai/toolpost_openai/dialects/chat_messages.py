"""The messages of a conversation, as Chat Completions takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from toolpost_openai.dialects.kept import kept_in
from toolpost_openai.dialects.parts import for_others, others_of, text_of
from toolpost_openai.server import Server

Message = Mapping[str, Any]
BELOW = "(what it shows follows below)"


def messages_of(messages: Sequence[Message], server: Server, source: str) -> list[dict[str, Any]]:
    """The messages for a server; one that is not OpenAI's knows no `developer`."""
    made = _with_pictures([_own(message, source) for message in messages])
    if not server.tools:
        made = _told(made)
    return list(made) if server.official else [_for_others(message) for message in made]


def _own(message: Message, source: str) -> dict[str, Any]:
    """A message without what only we know, and with what its provider wants back."""
    said = {name: value for name, value in message.items() if name != "kept"}
    for item in kept_in(message, source) if "kept" in message else ():
        said |= {item["name"]: item["reasoning"]} if item.get("reasoning") else {}
        calls = said.get("tool_calls") or ()
        said["tool_calls"] = [{**call, **item["calls"].get(call["id"], {})} for call in calls]
    return said


def _with_pictures(messages: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The messages of tools as text; their pictures follow the last of a round, since no message may come between."""
    shown: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    for message in messages:
        if message["role"] == "tool":
            seen = _shown(message, names)
            shown.extend(seen)
            yield {**message, "content": text_of(message["content"]) or (BELOW if seen else "")}
            continue
        if shown:
            yield {"role": "user", "content": shown}
            shown = []
        names |= {call["id"]: call["function"]["name"] for call in message.get("tool_calls") or ()}
        yield message
    if shown:
        yield {"role": "user", "content": shown}


def _shown(message: Message, names: Mapping[str, str]) -> list[dict[str, Any]]:
    parts = others_of(message["content"])
    call_id = message["tool_call_id"]
    whose = f"What {names.get(call_id, 'the tool')} showed (result of the call {call_id}):"
    return [{"type": "text", "text": whose}, *parts] if parts else []


def _told(messages: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The messages for a model that knows of no tools: what they answered, told as text."""
    for message in messages:
        if message["role"] == "tool":
            yield {"role": "user", "content": f"A tool answered:\n{message['content']}"}
        elif not message.get("tool_calls"):
            yield message
        elif message.get("content"):
            yield {"role": message["role"], "content": message["content"]}


def _for_others(message: dict[str, Any]) -> dict[str, Any]:
    role = "system" if message["role"] == "developer" else message["role"]
    content = {"content": for_others(message["content"])} if "content" in message else {}
    return {**message, "role": role, **content}
