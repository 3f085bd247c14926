"""The texts of a result: gathered for one look at all of them, and stripped where each stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import from_json, to_json

from toolpost.middleware.injection.hidden import pattern, strip
from toolpost.tools.call import ToolResult
from toolpost.tools.content import Block

LINK = ("name", "title", "description")
# How JSON begins.
JSON = frozenset((b"{", b"[", b'"'))
BRACKETS = frozenset(byte.decode() for byte in JSON)
# Control characters as JSON writes them.
ESCAPED = r"\\(?:u00[01][0-9a-fA-F]|[bf])"


def at_sight(result: ToolResult) -> str | bytes:
    """What `visible` is made of, for a first look: a single text as it stands, so that it is known again."""
    # Most results are one text, and every call passes here.
    if result.structured is not None or len(result.content) != 1 or (only := result.content[0]).type != "text":
        return visible(result)
    return visible(result) if only.text[:1] in BRACKETS and "\\" in only.text else only.text


def may_escape(seen: str | bytes) -> bool:
    """Whether JSON may write something in escapes there, which no first look sees."""
    return "\\" in seen if isinstance(seen, str) else b"\\" in seen


def visible(result: ToolResult) -> bytes:
    """All that a model reads of a result, as UTF-8; JSON with its line ends as such, so that words begin at them."""
    texts = [text.encode("utf-8", "surrogatepass") for block in result.content for text in _texts(block)]
    if result.structured is not None:
        data = to_json(result.structured)
        # What the host made of data is there twice.
        if len(texts) != 1 or (data != texts[0] and data != b'{"result":%b}' % texts[0]):
            texts.append(data)
    return b"\n".join(unescaped(text) if text[:1] in JSON else text for text in texts)


def given(values: Collection[Any]) -> str | bytes:
    """The texts of arguments; a single one as it stands."""
    # Every call passes here, and most have one text.
    texts = [value for value in values if type(value) in (str, dict, list, tuple)]
    return texts[0] if len(texts) == 1 and type(texts[0]) is str else joined(texts)


def joined(values: Iterable[Any]) -> bytes:
    """The texts of arguments; what is no text goes as JSON."""
    texts = [
        value.encode("utf-8", "surrogatepass") if type(value) is str else unescaped(to_json(value))
        for value in values
        if type(value) is str or type(value) in (dict, list, tuple)
    ]
    return texts[0] if len(texts) == 1 else b"\n".join(texts)


def unescaped(data: bytes) -> bytes:
    """JSON with its line ends and quotation marks as they are meant; only for looking at."""
    return data.replace(b"\\n", b"\n").replace(b"\\t", b"\t").replace(b'\\"', b'"') if b"\\" in data else data


def stripped(result: ToolResult) -> tuple[ToolResult, Counter[str]]:
    """The result without what is hidden in its texts, and how much that was."""
    counts: Counter[str] = Counter()
    structured = tree(result.structured, counts)
    # What was in the structured content is in the text once more; it counts once.
    again = Counter[str]() if structured != result.structured else counts
    content = tuple(_block(block, again) for block in result.content)
    return replace(result, content=content, structured=structured), counts or again


def tree(value: Any, counts: Counter[str]) -> Any:
    """A JSON value without what is hidden in its texts and names."""
    match value:
        case str():
            return text(value, counts)
        case dict():
            return dict(_members(value, counts))
        case list():
            return [tree(item, counts) for item in value]
    return value


def text(value: str, counts: Counter[str]) -> str:
    """A text without what is hidden in it; JSON stays JSON, and loses what it writes in escapes as well."""
    clean, found = strip(value)
    counts += found
    if clean[:1] in ("{", "[") and escapes(clean):
        try:
            return to_json(tree(from_json(clean, allow_inf_nan=False), counts)).decode()
        except ValueError:
            return clean
    return clean


def escapes(text: str) -> bool:
    """Whether a text writes control characters in JSON's escapes."""
    return "\\" in text and pattern(ESCAPED).search(text) is not None


def _members(value: Mapping[str, Any], counts: Counter[str]) -> Iterable[tuple[str, Any]]:
    for name, item in value.items():
        clean, found = strip(name)
        if found and clean not in value:
            counts += found
            yield clean, tree(item, counts)
        else:
            yield name, tree(item, counts)


def _texts(block: Block) -> list[str]:
    match block.type:
        case "text":
            return [block.text]
        case "resource":
            inside = getattr(block.resource, "text", None)
            return [inside] if inside is not None else []
        case "resource_link":
            return [value for name in LINK if (value := getattr(block, name)) is not None]
    return []


def _block(block: Block, counts: Counter[str]) -> Block:
    match block.type:
        case "text":
            changes = _changed(block, ("text",), counts, text)
        case "resource":
            inside = _changed(block.resource, ("text",), counts, text)
            changes = {"resource": block.resource.model_copy(update=inside)} if inside else {}
        case "resource_link":
            changes = _changed(block, LINK, counts, text)
        case _:
            changes = {}
    return block.model_copy(update=changes) if changes else block


def _changed(
    holder: object, fields: Iterable[str], counts: Counter[str], clean: Callable[[str, Counter[str]], str]
) -> dict[str, Any]:
    said = {name: value for name in fields if (value := getattr(holder, name, None)) is not None}
    return {name: found for name, value in said.items() if (found := clean(value, counts)) != value}
