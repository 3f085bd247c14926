"""Whose word is taken: distributions that the operator trusts, and plugins or tools that bring text from outside."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import cached_property

from toolpost.plugins.find import installed
from toolpost.tools.tool import Tool

# Stands for toolpost and what its own `bundle` extra names. Anybody may publish a `toolpost-something`.
BUNDLED = "bundled"
OURS = "toolpost"


class Trust:
    """Answers for plugins by the distributions that brought them; asks for those once, when it first must."""

    def __init__(self, trusted: Collection[str], untrusted: Collection[str]) -> None:
        self._patterns = [normal(pattern) for pattern in trusted]
        self._untrusted = frozenset(untrusted)
        self._editable: dict[str, bool] = {}
        self.settings = " ".join([*self._patterns, "|", *sorted(self._untrusted)])

    def is_named(self, tool: Tool) -> bool:
        """Whether the operator says that this tool brings text from outside."""
        return tool.plugin in self._untrusted or tool.name in self._untrusted

    def trusts(self, tool: Tool) -> bool:
        """Whether changes of a tool come from its distribution alone, and that is trusted."""
        name = self._distributions.get(tool.plugin, "")
        return bool(name) and not self.is_named(tool) and any(self._matches(name, one) for one in self._patterns)

    def is_edited_here(self, tool: Tool) -> bool:
        """Whether its distribution is installed editable: from a source tree on this machine, where somebody works."""
        return tool.plugin in self._distributions and not self.is_named(tool) and self._is_editable(tool.plugin)

    def distribution(self, plugin: str) -> str:
        """The distribution of a plugin; empty if it is unknown."""
        return self._distributions.get(plugin, "")

    def _matches(self, name: str, pattern: str) -> bool:
        return name in self._bundled if pattern == BUNDLED else fnmatchcase(name, pattern)

    def _is_editable(self, plugin: str) -> bool:
        # Asked only once a definition has changed; a server behind a plugin may change thousands.
        if plugin not in self._editable:
            dist = installed()[plugin][0].entry_point.dist
            # What an installer wrote down of where it came from (PEP 610), if it can be read.
            with suppress(ValueError, RecursionError):
                info = getattr(dist.origin, "dir_info", None) if dist is not None else None
                self._editable[plugin] = getattr(info, "editable", False) is True
        return self._editable.setdefault(plugin, False)

    @cached_property
    def _distributions(self) -> dict[str, str]:
        found = ((name, claims[0].entry_point.dist) for name, claims in installed().items())
        return {name: normal(dist.name) for name, dist in found if dist is not None}

    @cached_property
    def _bundled(self) -> frozenset[str]:
        dists = (claims[0].entry_point.dist for claims in installed().values())
        ours = next((dist for dist in dists if dist is not None and normal(dist.name) == OURS), None)
        return frozenset({OURS, *_extra(ours.requires or () if ours else ())})


def normal(name: str) -> str:
    """A distribution's name as it is compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _extra(requires: Iterable[str]) -> Iterable[str]:
    for line in requires:
        found = re.match(r"[A-Za-z0-9._-]+", line)
        if found and re.search(r"extra\s*==\s*['\"]bundle['\"]", line):
            yield normal(found[0])
