"""What is written down beside a picture, from the call that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

from toolpost import ToolCall, ToolResult
from toolpost_gallery.entry import Entry, new_id
from toolpost_pictures import Picture

SAID, USAGE, LEDGER = "toolpost/pictures", "toolpost/usage", "toolpost/ledger"
# Characters of a text, items of a list or object, levels, and bytes of all arguments as JSON.
LONGEST, MOST, DEEPEST, LARGEST = 4_000, 50, 6, 64 * 1024


def said_of(result: ToolResult) -> list[Mapping[str, Any]]:
    """What the tool says of its pictures, one item for each image block, in order."""
    said = result.meta.get(SAID)
    if not isinstance(said, list):
        return []
    return [item if isinstance(item, Mapping) else {} for item in said]


def describe(
    picture: Picture, said: Mapping[str, Any], call: ToolCall, result: ToolResult, made: float, number: int, of: int
) -> Entry:
    """The entry of a picture that is not kept yet."""
    booked = result.meta.get(LEDGER)
    booked = booked if isinstance(booked, Mapping) else {}
    return Entry(
        id=new_id(made),
        made=made,
        handle="",
        mime_type=picture.mime_type,
        width=picture.width,
        height=picture.height,
        size=len(picture.data),
        principal=call.context.principal,
        tool=call.tool.name,
        prompt=_text(said.get("prompt") or call.arguments.get("prompt")),
        model=_text(said.get("model") or call.arguments.get("model")),
        details=shortened({key: value for key, value in said.items() if key not in ("prompt", "model")}),
        arguments=shortened(call.arguments),
        usage=shortened(result.meta.get(USAGE)),
        cost_usd=cost if isinstance(cost := booked.get("cost_usd"), int | float) else None,
        client=call.context.client.name,
        call=call.context.call_id,
        job=_text(booked.get("job")),
        number=number,
        of=of,
    )


def shortened(value: Any) -> Any:
    """A JSON value without what would fill the index: pictures in arguments, endless texts and lists."""
    short = _shortened(value, DEEPEST)
    size = len(to_json(short, inf_nan_mode="null", serialize_unknown=True))
    return short if size <= LARGEST else {"left out": f"{size} bytes"}


def _shortened(value: Any, levels: int) -> Any:
    match value:
        case str():
            return _cut(value)
        case Mapping() if levels:
            items = list(value.items())[:MOST]
            return {_cut(str(key)): _shortened(item, levels - 1) for key, item in items}
        case list() | tuple() if levels:
            return [_shortened(item, levels - 1) for item in value[:MOST]]
        case None | bool() | int() | float():
            return value
        case _:
            return "…"


def _cut(text: str) -> str:
    text = text.encode("utf-8", "replace").decode()
    if text[:5].lower() == "data:" and len(text) > LONGEST:
        return f"{text.partition(',')[0][:100]},… ({len(text)} characters)"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def _text(value: Any) -> str:
    return _cut(value) if isinstance(value, str) else ""
