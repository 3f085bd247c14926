"""What a request names of servers and tools, each of which must be there: now, or else it is said when."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from toolpost import Host, InvalidArguments, Tool, ToolError, Unavailable, did_you_mean
from toolpost.kit import Ailing
from toolpost_gateway.loop.labels import ALL, is_labelled, label_of, names_of
from toolpost_gateway.talk import Chosen
from toolpost_openai.choice import PARAM


def check(host: Host, chosen: Sequence[Chosen], has: Sequence[Tool], principal: str) -> None:
    """See that what is named is there.

    Raises:
        InvalidArguments: a server, or a tool of one, is none.
        Unavailable: it is down for now.
    """
    known = dict.fromkeys((ALL, *(label_of(tool) for tool in has), *(tool.plugin for tool in has)))
    for one in chosen:
        if one.label not in known:
            raise _at(one.place, _no_server(host, one, known))
        _check_tools(host, one, has, principal)


def _check_tools(host: Host, one: Chosen, has: Sequence[Tool], principal: str) -> None:
    """See that a server has the tools that the request has named."""
    if not one.named:
        return
    there = [tool for tool in has if is_labelled(tool, one.label)]
    names = {name for tool in there for name in names_of(tool)}
    for name, place in one.named.items():
        if name not in names:
            raise _at(place, _no_tool(host, one, name, [tool.name for tool in there], principal))


def _no_server(host: Host, one: Chosen, known: dict[str, None]) -> ToolError:
    label = one.label[:64]
    ailing = next((part for part in _parts(host) if one.label in part.plugin.split(".", 1)), None)
    if ailing is None:
        return InvalidArguments(f"{one.place}: there is no server {label!r} here; {did_you_mean(label, known)}")
    why = f": {ailing.why}" if ailing.why else ""
    # A second more, so that the try has an end by then.
    after = max(0.0, ailing.until - time.time()) + 1
    return Unavailable(f"{one.place}: {label!r} is {ailing.state}{why}", retry_after=after)


def _no_tool(host: Host, one: Chosen, name: str, there: Sequence[str], principal: str) -> ToolError:
    error = host.unknown(name, principal)
    place = one.named[name]
    if isinstance(error, Unavailable):
        return Unavailable(f"{place}: {error}", retry_after=error.retry_after)
    way = did_you_mean(name[:64], there[:50])
    return InvalidArguments(f"{place}: there is no tool {name[:64]!r} on {one.label[:64]!r} for this caller; {way}")


def _parts(host: Host) -> Iterator[Ailing]:
    """Parts of plugins that cannot be used now, such as servers that are down."""
    for plugin in host.registry.plugins.values():
        if callable(says := getattr(plugin, "ailing_parts", None)):
            yield from (part for part in says() if part.state != "restless")


def _at(place: str, error: ToolError) -> ToolError:
    error.meta = {PARAM: place}
    return error
