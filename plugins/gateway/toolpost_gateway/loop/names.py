"""The names by which a model calls tools: such as every provider takes, each for one tool."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import count

from toolpost import Tool

# OpenAI: 1 to 64 letters, digits, `_` and `-`; one name that is not so fails the whole request.
FOREIGN = re.compile(r"[^A-Za-z0-9_-]")
LONGEST = 64


class Names:
    """Tools by function names and the other way round; names in `taken` are the caller's, and stay so.

    A tool whose own name will do keeps it, whatever others are called.
    """

    def __init__(self, tools: Iterable[Tool], taken: Collection[str]) -> None:
        self._tools: dict[str, Tool] = {}
        self._names: dict[str, str] = {}
        rest = [tool for tool in tools if not self._given(tool, tool.name, taken)]
        for tool in rest:
            next(name for name in _forms(tool.name) if self._given(tool, name, taken))

    def tool(self, name: str) -> Tool | None:
        """The tool that a function stands for."""
        return self._tools.get(name)

    def of(self, tool: Tool) -> str:
        """The function that stands for a tool."""
        return self._names[tool.name]

    def known(self, tool_name: str) -> str | None:
        """The same by the tool's own name; None where it is not among them."""
        return self._names.get(tool_name)

    def free(self, wanted: str, taken: Collection[str]) -> str:
        """A name for a function that is no tool."""
        return next(name for name in _forms(wanted) if name not in self._tools and name not in taken)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tools)

    def _given(self, tool: Tool, name: str, taken: Collection[str]) -> bool:
        if name in taken or name in self._tools or FOREIGN.search(name):
            return False
        self._tools[name] = tool
        self._names[tool.name] = name
        return True


def _forms(name: str) -> Iterator[str]:
    plain = FOREIGN.sub("_", name)
    yield plain
    for number in count(2):
        end = f"_{number}"
        yield plain[: LONGEST - len(end)] + end
