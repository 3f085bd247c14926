"""Tools of a server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from toolpost import Context, Tool, ToolResult
from toolpost_upstream.bounds import Bounds
from toolpost_upstream.calls.results import tool_result
from toolpost_upstream.offers.asking import Ask
from toolpost_upstream.offers.definitions import hint, meta, text, title
from toolpost_upstream.offers.names import named
from toolpost_upstream.servers.server import Server
from toolpost_upstream.session.listing import fits
from toolpost_upstream.wires.wire import JSONObject

log = logging.getLogger("toolpost.upstream")

# In the `meta` of a tool: which server has it, and what it is called there.
SOURCE = "toolpost/upstream"
# Those left out that the log names.
NAMED = 5
# A property whose value also goes as a header (MCP 2026-07-28, transports).
HEADER = "x-mcp-header"
Headers = Callable[[Mapping[str, Any]], Mapping[str, str]]


def wanted(server: Server, items: Iterable[JSONObject]) -> list[JSONObject]:
    """The tools that the operator wants of a server."""

    def matches(name: str, patterns: Collection[str]) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in patterns)

    def is_wanted(name: Any) -> bool:
        return isinstance(name, str) and matches(name, server.only) and not matches(name, server.except_)

    return [item for item in items if is_wanted(item.get("name"))]


def tools(
    server: Server, items: Iterable[JSONObject], others: Collection[str], bounds: Bounds, ask: Ask, *, mirrors: bool
) -> list[Tool]:
    """Each of these tools under a name of ours; those that cannot be shown are left out, and the log says so.

    `others` are the prefixes of all other servers; with `mirrors`, arguments go as headers where a tool wants that.
    """
    known = {item["name"]: item for item in reversed(list(items))}
    found, left = [], list[str]()
    for name, called in named(prefix(server), reversed(known), others):
        made = _tool(server, known[name], called, bounds, ask, mirrors)
        if isinstance(made, str):
            left.append(f"{name[:64]!r}: {made}")
        else:
            found.append(made)
    left_out(server.name, "tools", left)
    return found


def left_out(server: str, kind: str, left: Sequence[str]) -> None:
    """Say in one line what of a list is not taken, a few by name."""
    if left:
        log.warning("upstream %r: %d %s left out: %s", server, len(left), kind, "; ".join(left[:NAMED]))


def prefix(server: Server) -> str:
    """What stands before the names of all that a server offers."""
    return server.name if server.prefix is None else server.prefix


def _tool(server: Server, item: JSONObject, called: str, bounds: Bounds, ask: Ask, mirrors: bool) -> Tool | str:
    schema, output = item.get("inputSchema"), item.get("outputSchema")
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        return "its inputSchema describes no object"
    if not item["name"] or not fits(item, bounds):
        return f"its definition has more than {bounds.definition_bytes} bytes" if item["name"] else "it has no name"
    headers: Headers | None = None
    if mirrors and HEADER in str(schema):
        headers = _mirrored(schema)
        if headers is None:
            return f"its {HEADER} is not valid"
    return Tool(
        _function(item["name"], ask, headers),
        name=called,
        title=title(item),
        description=text(item, "description") or "",
        input_schema=schema,
        output_schema=output if isinstance(output, dict) else None,
        read_only=hint(item, "readOnlyHint"),
        destructive=hint(item, "destructiveHint"),
        idempotent=hint(item, "idempotentHint"),
        open_world=hint(item, "openWorldHint"),
        foreign=True,
        timeout=server.call_timeout,
        provider=f"upstream {server.name}",
        meta={**meta(item), SOURCE: {"server": server.name, "tool": item["name"]}},
    )


def _function(name: str, ask: Ask, headers: Headers | None) -> Callable[..., Any]:
    async def call(arguments: Mapping[str, Any], context: Context) -> ToolResult:
        params = {"name": name, "arguments": arguments}
        return tool_result(await ask("tools/call", params, context, headers(arguments) if headers else None))

    return call


def _mirrored(schema: Mapping[str, Any]) -> Headers | None:
    # The rule is the SDK's; it takes long to import, and few servers want it.
    from mcp.shared.inbound import find_invalid_x_mcp_header, mcp_param_headers, x_mcp_header_map

    if find_invalid_x_mcp_header(schema) is not None:
        return None
    known = x_mcp_header_map(dict(schema))
    return lambda arguments: mcp_param_headers(known, arguments)
