"""The functions that a model gets in one request: tools of the host, or a way to find them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from toolpost import Tool
from toolpost_gateway.loop.catalogue import Catalogue, Shelf
from toolpost_openai.turns import Function

FIND = "find_tools"
# Tools that a search gives, and that the caller's own words find before the model searches.
FOUND = 8
SHORT = 300
SEARCH = {
    "type": "object",
    "properties": {"query": {"type": "string", "description": "What the tool should do, in a few words."}},
    "required": ["query"],
}


class Toolbox:
    """The functions of one request, of which there may be others after each round.

    `most` is how many a provider takes, with those of the caller, whose names are `taken`.
    """

    def __init__(self, shelf: Shelf, catalogue: Catalogue, taken: Collection[str], most: int) -> None:
        self._shelf, self._catalogue, self._taken = shelf, catalogue, taken
        self.names, self.notes = catalogue.names, list(catalogue.notes)
        self._room = max(0, most - len(taken))
        self._searches = len(catalogue.usable) > self._room
        self.find_name = self.names.free(FIND, taken) if self._searches else ""
        self._given: dict[str, Function] = {}
        if not self._searches:
            self._give(catalogue.usable)
        elif not self._room:
            self.notes.append(f"none of this host's tools fit beside {len(taken)} functions of the caller's own")

    def functions(self) -> list[Function]:
        """What to send with the next turn."""
        if not self._searches:
            return list(self._given.values())
        return [self._finder(), *self._given.values()] if self._room else []

    def tool(self, name: str) -> Tool | None:
        """The tool that a function of ours stands for."""
        return self.names.tool(name)

    def choice(self, wanted: str) -> str:
        """A choice of a function, by the name that a model knows it by."""
        # What the caller calls its own is its own, whatever tools are called.
        return wanted if wanted in self._taken else self.names.known(wanted) or wanted

    async def look(self, text: str) -> list[Tool]:
        """Have the tools that fit these words among the next functions."""
        if not self._searches or self._room < 2:
            return []
        most = min(FOUND, self._room - 1)
        found = (await self._shelf.index()).find(text, self._catalogue.allowed, most)
        for tool in found:
            # Found again, it is among the last to be left out.
            self._given.pop(self.names.of(tool), None)
        self._give(found)
        for name in list(self._given)[: max(0, len(self._given) - self._room + 1)]:
            del self._given[name]
        return found

    def said(self, found: Sequence[Tool]) -> str:
        """What a model is told that has searched."""
        if not found:
            return "No tool fits these words. Try others, or answer without."
        functions = map(self._catalogue.function, found)
        lines = [f"- {function.name}: {function.description[:SHORT]}" for function in functions]
        return "\n".join(["You can call these now:", *lines])

    def _give(self, tools: Sequence[Tool]) -> None:
        for tool in tools:
            function = self._catalogue.function(tool)
            self._given[function.name] = function

    def _finder(self) -> Function:
        count = len(self._catalogue.usable)
        return Function(
            name=self.find_name,
            description=f"Find tools among the {count} that there are. Those found can be called afterwards.",
            parameters=SEARCH,
        )
