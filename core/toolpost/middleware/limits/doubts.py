"""Limits that are probably not meant as they stand: names that nothing has, rules under which nothing falls."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from toolpost.middleware.globs import fits, nearest_to
from toolpost.middleware.limits.limit import Limit
from toolpost.tools.tool import Tool


def doubts(limits: Sequence[Limit], tools: Collection[Tool], plugins: Iterable[str]) -> Iterator[str]:
    """A sentence for each; `tools` are all there are, with resources and prompts, `plugins` all that are enabled."""
    names = [tool.name for tool in tools]
    owners = {*plugins, *(tool.plugin for tool in tools if tool.plugin)}
    providers = {tool.provider for tool in tools if tool.provider}
    for limit in limits:
        rule, found = limit.rule, False
        for kind, globs, known in (
            ("tool", rule.tools, names),
            ("plugin", rule.plugins, owners),
            ("provider", rule.providers, providers),
        ):
            for sentence in _unknown(limit.name, kind, globs, known):
                found = True
                yield sentence
        if not found and not any(map(limit.covers, tools)):
            yield f"{limit.name}: no tool falls under it; change what it names, or take it out"


def _unknown(rule: str, kind: str, globs: Iterable[str], names: Collection[str]) -> Iterator[str]:
    for glob in globs:
        if not any(fits(name, (glob,)) for name in names):
            yield f"{rule}: no {kind} is called {glob!r}{nearest_to(glob, names)}"
