"""What makes two calls the same: a canonical key of who calls what, with which arguments, under which policy."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import anyio.to_thread
from pydantic_core import to_json

from toolpost import Tool, ToolCall, canonical_digest
from toolpost_cache.large import is_large
from toolpost_cache.terms import is_public

BYTES = 16
# Tools come and go with upstream servers; those that went are forgotten.
REMEMBERED = 4096


class Keys(NamedTuple):
    """The keys of a call: its caller's own, the one for all callers, and that under which equal calls meet."""

    own: bytes
    public: bytes
    flight: bytes

    def of(self, for_all: bool) -> bytes:
        """The key of an answer that is for all, or for its caller."""
        return self.public if for_all else self.own


class KeyMaker:
    """Makes keys; what a tool adds to them is made once.

    That is its name, plugin, version and schemas, and a digest of the settings
    of all layers around it: an answer of another version, or one that was
    made under another policy, is another answer.
    """

    def __init__(self) -> None:
        self._tools: dict[Tool, tuple[str, bool]] = {}

    async def of(self, call: ToolCall) -> Keys:
        """The keys of a call; large arguments are read in a thread."""
        if is_large(call.arguments):
            return await anyio.to_thread.run_sync(self.now, call)
        return self.now(call)

    def now(self, call: ToolCall) -> Keys:
        """The keys of a call, of 16 bytes each; values are told apart as `canonical_digest` does."""
        tool, for_all = self._tools.get(call.tool) or self._add(call.tool)
        public = canonical_digest([tool, dict(call.arguments)], BYTES)
        principal = call.context.principal.encode("utf-8", "surrogatepass")
        own = blake2b(public + principal, digest_size=BYTES, person=b"own").digest()
        return Keys(own, public, public if for_all else own)

    def _add(self, tool: Tool) -> tuple[str, bool]:
        if len(self._tools) >= REMEMBERED:
            self._tools.clear()
        schemas = to_json([tool.input_schema, tool.output_schema], fallback=repr).decode()
        place = [
            tool.plugin,
            tool.version,
            tool.name,
            tool.policy,
            tool.kind,
            schemas,
        ]
        found = self._tools[tool] = (canonical_digest(place).hex(), is_public(tool))
        return found
