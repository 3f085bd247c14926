"""What a host offers, as its layers let clients see it: settled when it is gathered, not when it is called."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from hashlib import blake2b
from secrets import token_hex
from typing import Any, TypeVar

from toolpost.crash import account
from toolpost.onion import applies
from toolpost.plugins.patience import bounded
from toolpost.primitives import Prompt, Resource
from toolpost.tools.call import Middleware
from toolpost.tools.tool import Tool

log = logging.getLogger("toolpost")
Primitive = TypeVar("Primitive", Resource, Prompt)


class Offers:
    """Asks the layers, the one nearest to the tool first, how each tool, resource and prompt is to be shown."""

    def __init__(self, layers: Sequence[tuple[str, Middleware]], versions: Mapping[str, str]) -> None:
        self._versions = versions
        self._offering = [(name, offered) for name, layer in layers if (offered := _member(layer, "offered"))]
        self._policies = [(name, layer, said) for name, layer in layers if (said := _policy(name, layer))]
        self._showing = [shows for _, layer in layers if (shows := _member(layer, "shows"))]

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
        """Whether a caller has this tool: if every layer plainly says yes. One that fails to say so hides it."""
        try:
            return all(shows(tool, principal) is True for shows in self._showing)
        except BaseException as error:
            log.error("%s is hidden, since a layer failed\n%s", tool.name, "\n".join(account(error)))
            return False

    @property
    def alike(self) -> bool:
        """Whether all callers have the same tools."""
        return not self._showing

    def _offered(self, tool: Tool, owner: str) -> Tool | None:
        shown: Tool | None = None
        try:
            shown = tool.of(owner, self._versions.get(owner, ""), self._policy_around(tool))
            for name, offered in self._offering:
                # Here, while plugins come, none may keep the others waiting.
                with _while(name, offered):
                    shown = offered(shown)
                if shown is None:
                    return None
                if not isinstance(shown, Tool):
                    raise TypeError(f"layer {name!r} offered {type(shown).__name__}, not a Tool")
        except BaseException as error:
            log.error("%s is withheld, since a layer failed\n%s", tool.name, "\n".join(account(error)))
            return None
        return shown

    def _policy_around(self, tool: Tool) -> str:
        around = "\n".join(f"{name} {said}" for name, layer, said in self._policies if applies(layer, tool))
        return blake2b(around.encode("utf-8", "replace"), digest_size=8).hexdigest() if around else ""


def _while(name: str, offered: Callable[..., Any]) -> AbstractContextManager[object]:
    """Our own layers need no watching, which takes longer than they do."""
    is_own = str(getattr(offered, "__module__", "")).startswith("toolpost.")
    return nullcontext() if is_own else bounded(f"layer {name!r}")


def _member(layer: Middleware, name: str) -> Callable[..., Any] | None:
    """A member of a layer, if it has it; one that fails to be looked at fails again when it is asked."""
    try:
        found: Callable[..., Any] | None = getattr(layer, name, None)
        return found
    except BaseException as error:
        failed = error

    def fails(*_: object) -> object:
        raise failed

    return fails


def _policy(name: str, layer: Middleware) -> str:
    """What a layer says of the settings that change answers; one that fails to say has a policy like no other."""
    try:
        with _while(name, layer):
            said = getattr(layer, "policy", None)
    except BaseException as error:
        log.error("layer %r does not say its policy\n%s", name, "\n".join(account(error)))
        return token_hex(8)
    return said if isinstance(said, str) else ""
