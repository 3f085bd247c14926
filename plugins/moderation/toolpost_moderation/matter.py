"""What there is to judge in a call's arguments or in its result: texts, and pictures in all their forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolpost import ToolResult

# Arguments of these names hold pictures, in the tools that are bundled and in most others.
PICTURES = frozenset({"image", "images", "mask"})
# Whoever sends these says that they are pictures; what else may name one is a text if there is none.
CERTAIN = ("data:image/", "https://")


@dataclass
class Matter:
    """Texts, pictures as a caller names them, and pictures in base64."""

    texts: dict[str, None] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    blobs: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All texts, each once."""
        return "\n".join(self.texts)

    def add(self, value: Any, *, named: bool = False) -> None:
        """Take in what a JSON value holds; `named` says that a key may tell that a picture stands under it."""
        for key, text in _texts(value):
            if _is_inline(text) or (named and _may_name_picture(key, text)):
                self.sources.append(text)
            elif text.strip():
                self.texts[text] = None


def of_arguments(arguments: Mapping[str, Any]) -> Matter:
    """What a caller sends."""
    matter = Matter()
    matter.add(dict(arguments), named=True)
    return matter


def of_result(result: ToolResult) -> Matter:
    """What a tool answers; a link is judged by its words, not by what lies behind it."""
    matter = Matter()
    for block in result.content:
        match block.type:
            case "text":
                matter.add(block.text)
            case "image":
                matter.blobs.append(block.data)
            case "resource":
                _embedded(matter, block.resource)
            case "resource_link":
                matter.add([block.name, block.title, block.description])
    matter.add(result.structured)
    return matter


def _embedded(matter: Matter, resource: Any) -> None:
    if (text := getattr(resource, "text", None)) is not None:
        matter.add(text)
    elif (resource.mime_type or "").startswith("image/"):
        matter.blobs.append(resource.blob)


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value in its order, keys included, with the key it stands under."""
    # No recursion: arguments may nest deeper than Python does.
    waiting = [("", value)]
    while waiting:
        key, item = waiting.pop()
        if isinstance(item, str):
            yield key, item
        elif isinstance(item, Mapping):
            for member in reversed([*item.items()]):
                waiting += [member, ("", member[0])]
        elif isinstance(item, list | tuple):
            waiting += [(key, inner) for inner in reversed(item)]


def _is_inline(text: str) -> bool:
    # Schemes are the same in any case, and an upper-case one must not hide a picture.
    return text[:16].lower().startswith(("data:image/", "artefact:"))


def _may_name_picture(key: str, text: str) -> bool:
    return key in PICTURES and len(text.split(None, 1)) == 1


def is_certain(source: str) -> bool:
    """Whether something can only be a picture, so that one which cannot be read is not judged as a text."""
    return source[:16].lower().startswith(CERTAIN)
