"""What a host offers, as its layers let clients see it: settled when it is gathered, not when it is called."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from hashlib import blake2b
from typing import TypeVar

from toolpost.crash import account
from toolpost.onion import applies
from toolpost.primitives import Prompt, Resource
from toolpost.tools.call import Middleware
from toolpost.tools.tool import Tool

log = logging.getLogger("toolpost")
Primitive = TypeVar("Primitive", Resource, Prompt)


class Offers:
    """Asks the layers, the one nearest to the tool first, how each tool, resource and prompt is to be shown."""

    def __init__(self, layers: Sequence[tuple[str, Middleware]], versions: Mapping[str, str]) -> None:
        self._layers = layers
        self._versions = versions
        self._offering = [(name, layer.offered) for name, layer in layers if hasattr(layer, "offered")]
        self._policies = [(name, layer) for name, layer in layers if isinstance(getattr(layer, "policy", None), str)]
        self._showing = [layer.shows for _, layer in layers if hasattr(layer, "shows")]

    def tools(self, found: Iterable[tuple[str, Tool]]) -> dict[str, Tool]:
        """Tools by name, each from its plugin."""
        shown = (self._offered(tool, owner) for owner, tool in found)
        return {tool.name: tool for tool in shown if tool is not None}

    def primitives(self, found: Iterable[tuple[str, Primitive]]) -> Iterator[Primitive]:
        """Resources or prompts, each from its plugin."""
        for owner, item in found:
            if (tool := self._offered(item.tool, owner)) is not None:
                shown = copy(item)
                object.__setattr__(shown, "tool", tool)
                yield shown

    def shows(self, tool: Tool, principal: str) -> bool:
        """Whether a caller has this tool; a layer that fails to say so hides it."""
        try:
            return all(shows(tool, principal) for shows in self._showing)
        except Exception as error:
            log.error("%s is hidden, since a layer failed\n%s", tool.name, "\n".join(account(error)))
            return False

    @property
    def alike(self) -> bool:
        """Whether all callers have the same tools."""
        return not self._showing

    def _offered(self, tool: Tool, owner: str) -> Tool | None:
        shown: Tool | None = tool.of(owner, self._versions.get(owner, ""), self._policy(tool))
        for name, offered in self._offering:
            try:
                shown = offered(shown)
            except Exception as error:
                log.error("%s is withheld: layer %r failed\n%s", tool.name, name, "\n".join(account(error)))
                return None
            if shown is None:
                return None
        return shown

    def _policy(self, tool: Tool) -> str:
        around = "\n".join(f"{name} {layer.policy}" for name, layer in self._policies if applies(layer, tool))  # type: ignore[attr-defined]  # asked above
        return blake2b(around.encode(), digest_size=8).hexdigest() if around else ""
