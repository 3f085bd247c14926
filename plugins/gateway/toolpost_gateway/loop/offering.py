"""Which of the host's tools a request's model gets, and what the request says of their approval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from toolpost import Context, Host, Tool
from toolpost_gateway.loop.labels import is_labelled, names_of, source
from toolpost_gateway.loop.naming import check
from toolpost_gateway.loop.patterns import fits
from toolpost_gateway.loop.terms import EVERY_OTHER, Terms
from toolpost_gateway.talk import Approval, Chosen


def offered(host: Host, terms: Terms, context: Context, chosen: Sequence[Chosen] | None) -> list[Tool]:
    """The tools that a caller's model gets, in the order of the host.

    Raises:
        InvalidArguments: the request chooses from a server that is none, or tools that are none.
        Unavailable: that server is down for now.
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
    check(host, chosen, has, context.principal)
    return [tool for tool in has if any(_is_chosen(tool, one) for one in chosen)]


def schemes(host: Host) -> frozenset[str]:
    """The schemes of the addresses that plugins here give their resources; servers elsewhere name what they like."""
    own = (resource.uri for resource in host.resources if not source(resource.tool, "server"))
    return frozenset(uri.partition(":")[0].lower() for uri in own)


def approvals(tools: Iterable[Tool], chosen: Sequence[Chosen] | None) -> dict[str, Approval]:
    """What the request says of the approval of single tools; the first that says anything of one counts."""
    return dict(_approvals(tools, chosen or ()))


def missing(tools: Iterable[Tool], chosen: Sequence[Chosen] | None) -> list[str]:
    """Sentences about tools that a request names and does not get."""
    there = {name for tool in tools for name in names_of(tool)}
    gone = sorted({name for one in chosen or () for name in one.allowed or ()} - there)
    return [f"there is no tool {name!r} for this caller" for name in gone]


def _approvals(tools: Iterable[Tool], chosen: Sequence[Chosen]) -> Iterator[tuple[str, Approval]]:
    for tool in tools:
        for one in chosen:
            said = one.approval or {}
            found = next((said[name] for name in (*names_of(tool), EVERY_OTHER) if name in said), None)
            if found is not None and _is_chosen(tool, one):
                yield tool.name, found
                break


def _is_chosen(tool: Tool, one: Chosen) -> bool:
    return is_labelled(tool, one.label) and (one.allowed is None or not one.allowed.isdisjoint(names_of(tool)))


def _is_for_models(tool: Tool) -> bool:
    """Whether a tool is there for models: some are for the page of an app alone (MCP Apps 2026-01-26, visibility)."""
    ui = (tool.meta or {}).get("ui")
    seen = ui.get("visibility") if isinstance(ui, Mapping) else None
    return not isinstance(seen, list) or "model" in seen
