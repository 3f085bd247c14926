"""The content of messages: texts and pictures, however an API writes their parts."""

from __future__ import annotations

import re
from typing import Any

from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.fields import Fields, wrong

TEXTS = frozenset({"text", "input_text", "output_text"})
PICTURES = frozenset({"image_url", "input_image"})
DETAILS = ("auto", "low", "high", "original")
# What models read, by way of the web or in the request itself.
URL = re.compile(r"https?://\S+|data:image/(?:png|jpe?g|webp|gif);base64,", re.IGNORECASE)
# Of all messages together; each takes layers as long as a message does.
MOST = 4096
LISTS = ("content", "output", "tool_calls")
WAY = "give an http or https URL, or data:image/png;base64,… (png, jpeg, webp or gif)"

Content = str | list[dict[str, Any]]


def bound(body: Fields, name: str) -> None:
    """Count the parts of all messages before any is read.

    Raises:
        Fault: there are too many.
    """
    messages = [one for one in body.items(name) if type(one) is dict]
    if sum(len(one[place]) for one in messages for place in LISTS if type(one.get(place)) is list) > MOST:
        raise Fault(400, f"{name}: at most {MOST} parts in all", name, "array_above_max_length")


def content(message: Fields, name: str = "content") -> Content:
    """The content of a message in Chat Completions' form.

    Raises:
        Fault: it is none, or holds what no model here reads.
    """
    match message.given.get(name):
        case str() as text:
            return text
        case list():
            return [_part(part) for part in message.parts(name)]
    raise wrong(message.at(name), "a text or a list of parts", message.given.get(name))


def words(message: Fields, name: str = "content") -> str:
    """The content as text alone."""
    found = content(message, name)
    return found if isinstance(found, str) else "".join(part.get("text", "") for part in found)


def _part(part: Fields) -> dict[str, Any]:
    part.needs("type")
    kind = part.text("type")
    if kind in TEXTS:
        return {"type": "text", "text": part.text("text")}
    if kind == "refusal":
        return {"type": "text", "text": part.text("refusal")}
    if kind in PICTURES:
        return {"type": "image_url", "image_url": _picture(part)}
    place = part.at("type")
    raise Fault(
        400, f"{place}: parts of type {kind[:64]!r} are not read; send text or pictures", place, "unsupported_value"
    )


def _picture(part: Fields) -> dict[str, Any]:
    """Where a picture is; Responses writes the URL into the part itself."""
    image = part.part("image_url") if type(part.given.get("image_url")) is dict else part
    name = "url" if image is not part else "image_url"
    if part.has("file_id"):
        raise Fault(
            400, f"{part.at('file_id')}: files are not kept here; {WAY}", part.at("file_id"), "unsupported_value"
        )
    image.needs(name)
    url = image.text(name)
    if not URL.match(url):
        raise Fault(400, f"{image.at(name)}: {WAY}", image.at(name), "invalid_value")
    detail = image.text("detail")
    if detail and detail not in DETAILS:
        raise Fault(400, f"{image.at('detail')}: give {', '.join(DETAILS)}", image.at("detail"), "invalid_value")
    return {"url": url, "detail": detail} if detail else {"url": url}
