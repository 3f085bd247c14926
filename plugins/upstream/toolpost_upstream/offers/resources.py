"""Resources and resource templates of a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from toolpost import Context, Resource, Tool, ToolResult
from toolpost.kit import ASKED, PRIMITIVE, Suggestions
from toolpost_upstream.bounds import Bounds
from toolpost_upstream.calls.results import read_result
from toolpost_upstream.offers.asking import Ask
from toolpost_upstream.offers.completing import completers
from toolpost_upstream.offers.definitions import meta, text
from toolpost_upstream.offers.names import FOREIGN, LONGEST
from toolpost_upstream.offers.tools import left_out
from toolpost_upstream.servers.server import Server
from toolpost_upstream.session.listing import fits
from toolpost_upstream.wires.wire import JSONObject

ARGUMENTS = {"type": "object", "properties": {"uri": {"type": "string"}}, "required": ["uri"]}
# What toolpost itself has under these addresses, no server may stand in for.
OURS = ("toolpost:",)
Matches = Callable[[str], str | None]


@dataclass(frozen=True, eq=False, kw_only=True)
class UpstreamResource(Resource):
    """A resource that is read by its whole address; `matches` gives that which the server knows it by."""

    words: str = ""
    matches: Matches
    timeout: float | None = None

    def __post_init__(self) -> None:
        tool = Tool(
            self.function,
            name=FOREIGN.sub("_", self.name)[:LONGEST] or "resource",
            title=self.title,
            description=self.words,
            input_schema=ARGUMENTS,
            read_only=True,
            timeout=self.timeout,
            meta={PRIMITIVE: "resource"},
        )
        object.__setattr__(self, "tool", tool)

    def match(self, uri: str) -> Mapping[str, str] | None:
        """The address at the server; None where it is another resource's."""
        theirs = self.matches(uri)
        return None if theirs is None else {"uri": theirs}

    @property
    def completion(self) -> Tool | None:
        """As `Resource.completion`: a template's names are no arguments of the function here."""
        if not self.complete:
            return None
        suggest = Suggestions(self.complete, self.complete, f"resource {self.uri!r}")
        made = Tool(suggest, name=self.tool.name, input_schema=ASKED, read_only=True, meta=self.tool.meta)
        return made.of(self.tool.plugin, self.tool.version, self.tool.policy)


def resources(
    server: Server,
    listed: Iterable[JSONObject],
    templates: Iterable[JSONObject],
    address: Callable[[str], str],
    bounds: Bounds,
    ask: Ask,
    *,
    completes: bool,
) -> Iterator[UpstreamResource]:
    """Each under its own address, or under that which `address` gives it where another server has it."""
    for item in listed:
        uri = text(item, "uri")
        if uri and fits(item, bounds) and "{" not in uri and not uri.startswith(OURS):
            ours = address(uri)
            yield _resource(server, item, ours, _same(ours, uri), ask, {})
    left = list[str]()
    for item in templates:
        uri = text(item, "uriTemplate")
        if not uri or not fits(item, bounds) or uri.startswith((*OURS, "{")):
            continue
        ours = address(uri)
        parsed = _parsed(uri)
        if parsed is None:
            left.append(f"{uri[:64]!r}: it is none of RFC 6570")
            continue
        names, fills = parsed
        complete = completers({"type": "ref/resource", "uri": uri}, names, ask) if completes else {}
        yield _resource(server, item, ours, _fits(fills, ours.removesuffix(uri)), ask, complete)
    left_out(server.name, "templates", left)


def _resource(
    server: Server, item: JSONObject, uri: str, matches: Matches, ask: Ask, complete: Mapping[str, Any]
) -> UpstreamResource:
    async def read(arguments: Mapping[str, Any], context: Context) -> ToolResult:
        return read_result(await ask("resources/read", {"uri": arguments["uri"]}, context))

    return UpstreamResource(
        uri=uri,
        function=read,
        name=(text(item, "name") or uri)[:200],
        title=text(item, "title"),
        mime_type=text(item, "mimeType"),
        meta=meta(item) or None,
        words=text(item, "description") or "",
        complete=complete,
        matches=matches,
        timeout=server.call_timeout,
    )


def _same(ours: str, theirs: str) -> Matches:
    return lambda asked: theirs if asked == ours else None


def _fits(fills: Callable[[str], bool], before: str) -> Matches:
    def matches(asked: str) -> str | None:
        theirs = asked.removeprefix(before)
        return theirs if asked.startswith(before) and len(asked) <= 4096 and fills(theirs) else None

    return matches


def _parsed(uri: str) -> tuple[list[str], Callable[[str], bool]] | None:
    # The SDK takes templates apart in linear time, and long to import; servers without any do without.
    from mcp.shared.uri_template import UriTemplate

    try:
        template = UriTemplate.parse(uri)
    except ValueError:
        return None
    return list(template.variable_names), lambda asked: template.match(asked) is not None
