"""Resources of a server of the SDK."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mcp.server.mcpserver import Context as SDKContext
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.server.mcpserver.resources import Resource as SDKResource
from mcp.server.mcpserver.resources import ResourceTemplate
from mcp_types import InputRequiredResult

from toolpost.adopt import registered
from toolpost.adopt.requests import Requests
from toolpost.errors import ToolError
from toolpost.primitives import PRIMITIVE, Resource
from toolpost.tools.content import Embedded
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool

ARGUMENTS: Mapping[str, Any] = {"type": "object", "properties": {"uri": {"type": "string"}}, "required": ["uri"]}
Read = Callable[[str, SDKContext[Any, Any]], Awaitable[Any]]


@dataclass(frozen=True, eq=False, kw_only=True)
class AdoptedResource(Resource):
    """A resource whose address the SDK takes apart, by RFC 6570; its function has the whole of it."""

    words: str = ""
    matches: Callable[[str], bool]

    def __post_init__(self) -> None:
        tool = Tool(
            self.function,
            name=_plain(self.name),
            title=self.title,
            description=self.words,
            input_schema=ARGUMENTS,
            read_only=True,
            meta={PRIMITIVE: "resource"},
        )
        object.__setattr__(self, "tool", tool)

    def match(self, uri: str) -> Mapping[str, str] | None:
        """The address itself; None where it is another resource's."""
        return {"uri": uri} if self.matches(uri) else None


def resources(requests: Requests) -> Iterator[Resource]:
    """Each resource and each template."""
    for resource in registered.resources(requests.server):
        yield _adopted(requests, resource, resource.uri, _same(resource.uri), _reading(resource))
    for template in registered.templates(requests.server):
        yield _adopted(requests, template, template.uri_template, _fits(template), _making(template))


def _adopted(
    requests: Requests, item: SDKResource | ResourceTemplate, uri: str, matches: Callable[[str], bool], read: Read
) -> Resource:
    async def function(arguments: Mapping[str, Any], context: Context) -> Embedded:
        address = arguments["uri"]

        async def run(given: SDKContext[Any, Any]) -> Any:
            return await read(address, given)

        content = await requests.run(item.name or uri, "resources/read", context, run)
        if not isinstance(content, str | bytes):
            raise ToolError(f"{address}: it reads as {type(content).__name__}, and must be text or bytes")
        return Embedded(address, content, item.mime_type)

    return AdoptedResource(
        uri=uri,
        function=function,
        name=item.name or uri,
        title=item.title,
        mime_type=item.mime_type,
        meta=item.meta,
        words=item.description or "",
        matches=matches,
    )


def _same(uri: str) -> Callable[[str], bool]:
    return lambda asked: asked == uri


def _fits(template: ResourceTemplate) -> Callable[[str], bool]:
    # An address that fits and is not safe is still this template's, which says no when it is read.
    return lambda asked: template.parsed_template.match(asked) is not None


def _reading(resource: SDKResource) -> Read:
    async def read(uri: str, context: SDKContext[Any, Any]) -> Any:
        return await resource.read()

    return read


def _making(template: ResourceTemplate) -> Read:
    async def read(uri: str, context: SDKContext[Any, Any]) -> Any:
        try:
            values = template.matches(uri)
        except ValueError:
            raise ResourceNotFoundError(f"unknown resource {uri[:64]!r}") from None
        made = await template.create_resource(uri, dict(values or {}), context)
        return made if isinstance(made, InputRequiredResult) else await made.read()

    return read


def _plain(name: str) -> str:
    """A name for logs and policies, of letters that names are made of; the SDK's may be an address."""
    letters = "".join(char if char.isascii() and (char.isalnum() or char in "_.-") else "_" for char in name)
    return letters[:64] or "resource"
