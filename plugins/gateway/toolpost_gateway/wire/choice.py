"""What a request says of which tool is to be called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from toolpost_gateway.talk import Chosen
from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.fields import Fields, wrong
from toolpost_gateway.wire.tools import Toolset

PLACE = "tool_choice"
WAYS = ("auto", "none", "required")


def choice(body: Fields, tools: Toolset, function: Callable[[Fields], Fields]) -> tuple[str, Toolset]:
    """`auto`, `none`, `required` or a name, and the tools that are left by it.

    Raises:
        Fault: it names what is not there, or is no choice.
    """
    given = body.given.get(PLACE)
    match given:
        case None:
            return "auto", tools
        case "auto" | "none" | "required":
            return given, tools
        case {"type": "function"}:
            return _named(function(Fields(given, PLACE)), tools), tools
        case {"type": "mcp"}:
            return _ours(Fields(given, PLACE), tools)
        case {"type": "allowed_tools"}:
            inner = Fields(given, PLACE)
            return _among(inner.part("allowed_tools") if inner.has("allowed_tools") else inner, tools, function)
        case str() | dict():
            raise Fault(
                400, f"{PLACE}: give 'auto', 'none', 'required' or a tool of this request", PLACE, "invalid_value"
            )
    raise wrong(PLACE, "a text or an object", given)


def _named(one: Fields, tools: Toolset) -> str:
    one.needs("name")
    name = one.text("name")
    if name not in {known.name for known in tools.functions}:
        raise Fault(
            400, f"{one.at('name')}: this request has no function {name[:64]!r}", one.at("name"), "invalid_value"
        )
    return name


def _ours(one: Fields, tools: Toolset) -> tuple[str, Toolset]:
    one.needs("server_label")
    label, name = one.text("server_label"), one.text("name")
    chosen = tuple(known for known in tools.chosen or () if known.label == label)
    if not chosen:
        place = one.at("server_label")
        raise Fault(400, f"{place}: this request has no tools of {label[:64]!r}", place, "invalid_value")
    if name:
        chosen = tuple(_only(known, one) for known in chosen)
    return "required", replace(tools, chosen=chosen, functions=())


def _among(one: Fields, tools: Toolset, function: Callable[[Fields], Fields]) -> tuple[str, Toolset]:
    mode = one.text("mode", "auto")
    if mode not in ("auto", "required"):
        raise Fault(400, f"{one.at('mode')}: give 'auto' or 'required'", one.at("mode"), "invalid_value")
    names = {_named(function(part), tools) for part in one.parts("tools") if part.given.get("type") == "function"}
    labels = {part.text("server_label"): part for part in one.parts("tools") if part.given.get("type") == "mcp"}
    chosen = tuple(_narrowed(known, labels[known.label]) for known in tools.chosen or () if known.label in labels)
    kept = tuple(known for known in tools.functions if known.name in names)
    return mode, replace(tools, functions=kept, chosen=chosen)


def _narrowed(known: Chosen, part: Fields) -> Chosen:
    return _only(known, part) if part.text("name") else known


def _only(known: Chosen, one: Fields) -> Chosen:
    """The one tool that a choice names."""
    name = one.text("name")
    return replace(known, allowed=frozenset({name}), named={**known.named, name: one.at("name")})


def plain(one: Fields) -> Fields:
    """The fields of a function where they stand in the tool itself, as Responses writes it."""
    return one


def nested(one: Fields) -> Fields:
    """The fields of a function in an object of their own, as Chat Completions writes it."""
    one.needs("function")
    return one.part("function")
