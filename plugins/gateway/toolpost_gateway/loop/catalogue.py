"""What is made of tools once and used in many requests: their names for a model, their words and schemas."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import anyio.to_thread

from toolpost import Host, Tool, canonical_digest
from toolpost_gateway.loop.names import Names
from toolpost_gateway.loop.schemas import mended
from toolpost_gateway.loop.search import Index
from toolpost_openai.turns import Function

# OpenAI takes descriptions of functions up to this many characters.
LONGEST = 1024
# Above so many tools, work on all of them would hold up other requests; how many selections of them are remembered.
MANY, REMEMBERED = 300, 16
Described = tuple[str, Mapping[str, Any]] | None


class Catalogue:
    """A selection of tools, each under the name by which a model calls it; `notes` say which cannot be called."""

    def __init__(self, shelf: Shelf, tools: Sequence[Tool], taken: Collection[str]) -> None:
        self._shelf = shelf
        self.usable = [tool for tool in tools if shelf.described(tool) is not None]
        self.notes = [
            f"the model cannot use {tool.name}: its arguments are no object"
            for tool in tools
            if shelf.described(tool) is None
        ]
        self.names = Names(self.usable, taken)
        self.allowed = {tool.name for tool in self.usable}

    def function(self, tool: Tool) -> Function:
        """The function that stands for a tool."""
        words, schema = self._shelf.described(tool) or ("", {})
        return Function(name=self.names.of(tool), description=words, parameters=schema)


def print_of(tool: Tool) -> str:
    """What is the same as long as a tool is the one that somebody has said yes to."""
    return canonical_digest([tool.plugin, tool.name, tool.words, tool.input_schema]).hex()


class Shelf:
    """Catalogues of a host's tools, and the index of all of them."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._described: WeakKeyDictionary[Tool, Described] = WeakKeyDictionary()
        self._catalogues: OrderedDict[object, Catalogue] = OrderedDict()
        self._indexed: tuple[object, Index] | None = None

    async def catalogue(self, tools: Sequence[Tool], taken: Collection[str]) -> Catalogue:
        """The catalogue of these tools, beside functions of these names."""
        key = (tuple(tools), frozenset(taken))
        found = self._catalogues.get(key)
        if found is None:
            make = partial(Catalogue, self, tools, taken)
            found = make() if len(tools) < MANY else await anyio.to_thread.run_sync(make)
            self._catalogues[key] = found
        self._catalogues.move_to_end(key)
        if len(self._catalogues) > REMEMBERED:
            self._catalogues.popitem(last=False)
        return found

    async def index(self) -> Index:
        """The words of all tools that there are now."""
        tools = self._host.tools
        if self._indexed is None or self._indexed[0] is not tools:
            every = list(tools.values())
            made = Index(every) if len(every) < MANY else await anyio.to_thread.run_sync(Index, every)
            self._indexed = (tools, made)
        return self._indexed[1]

    def described(self, tool: Tool) -> Described:
        """The words and the schema for a function; None where a model cannot be told how to call the tool."""
        if tool not in self._described:
            schema = mended(tool.input_schema)
            words = tool.words if len(tool.words) <= LONGEST else tool.words[: LONGEST - 1] + "…"
            self._described[tool] = None if schema is None else (words, schema)
        return self._described[tool]
