"""Which of the host's tools a request's model gets, and what the request says of their approval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from toolpost import Context, Host, InvalidArguments, Tool, did_you_mean
from toolpost_gateway.loop.patterns import fits
from toolpost_gateway.loop.terms import EVERY_OTHER, Terms
from toolpost_gateway.talk import Approval, Chosen
from toolpost_openai.choice import PARAM

# The label that stands for all tools of this host, and where a tool says what it is on which server behind it.
ALL = "toolpost"
SOURCE = "toolpost/upstream"


def label_of(tool: Tool) -> str:
    """Whose a tool is: the upstream server's, or the plugin's."""
    return _source(tool, "server") or tool.plugin


def offered(host: Host, terms: Terms, context: Context, chosen: Sequence[Chosen] | None) -> list[Tool]:
    """The tools that a caller's model gets, in the order of the host.

    Raises:
        InvalidArguments: the request chooses from a server that is none.
    """
    if "call" not in context.scopes:
        return []
    denies = [denies for _, layer in host.layers if (denies := getattr(layer, "denies", None)) is not None]
    has = [
        tool
        for tool in host.tools_of(context.principal)
        if _is_for_models(tool) and not any(denied(tool, context) for denied in denies)
    ]
    if chosen is None:
        patterns = terms.tools_of(context.principal)
        return [tool for tool in has if fits(tool.name, patterns)]
    _check(chosen, has)
    return [tool for tool in has if any(_is_chosen(tool, one) for one in chosen)]


def schemes(host: Host) -> frozenset[str]:
    """The schemes of the addresses that plugins here give their resources; servers elsewhere name what they like."""
    own = (resource.uri for resource in host.resources if not _source(resource.tool, "server"))
    return frozenset(uri.partition(":")[0].lower() for uri in own)


def approvals(tools: Iterable[Tool], chosen: Sequence[Chosen] | None) -> dict[str, Approval]:
    """What the request says of the approval of single tools; the first that says anything of one counts."""
    return dict(_approvals(tools, chosen or ()))


def missing(tools: Iterable[Tool], chosen: Sequence[Chosen] | None) -> list[str]:
    """Sentences about tools that a request names and does not get."""
    there = {name for tool in tools for name in _names(tool)}
    gone = sorted({name for one in chosen or () for name in one.allowed or ()} - there)
    return [f"there is no tool {name!r} for this caller" for name in gone]


def _approvals(tools: Iterable[Tool], chosen: Sequence[Chosen]) -> Iterator[tuple[str, Approval]]:
    for tool in tools:
        for one in chosen:
            said = one.approval or {}
            found = next((said[name] for name in (*_names(tool), EVERY_OTHER) if name in said), None)
            if found is not None and _is_chosen(tool, one):
                yield tool.name, found
                break


def _is_chosen(tool: Tool, one: Chosen) -> bool:
    is_labelled = one.label in (ALL, label_of(tool), tool.plugin)
    return is_labelled and (one.allowed is None or not one.allowed.isdisjoint(_names(tool)))


def _names(tool: Tool) -> tuple[str, ...]:
    """What a request may call a tool: as it is called here, or on its own server."""
    return (tool.name, name) if (name := _source(tool, "tool")) else (tool.name,)


def _source(tool: Tool, what: str) -> str:
    said = (tool.meta or {}).get(SOURCE)
    found = said.get(what) if isinstance(said, Mapping) else None
    return found if isinstance(found, str) else ""


def _is_for_models(tool: Tool) -> bool:
    """Whether a tool is there for models: some are for the page of an app alone (MCP Apps 2026-01-26, visibility)."""
    ui = (tool.meta or {}).get("ui")
    seen = ui.get("visibility") if isinstance(ui, Mapping) else None
    return not isinstance(seen, list) or "model" in seen


def _check(chosen: Sequence[Chosen], has: Sequence[Tool]) -> None:
    known = dict.fromkeys((ALL, *(label_of(tool) for tool in has), *(tool.plugin for tool in has)))
    for one in chosen:
        if one.label not in known:
            label = one.label[:64]
            error = InvalidArguments(f"{one.place}: there is no server {label!r} here; {did_you_mean(label, known)}")
            error.meta = {PARAM: one.place}
            raise error
