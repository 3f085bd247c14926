"""Limits that are probably not meant as they stand: names that nothing has, rules under which nothing falls."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from toolpost.middleware.globs import fits
from toolpost.middleware.limits.limit import Limit
from toolpost.middleware.unknown import Expected, unknown
from toolpost.plugins.unlisted import MODEL
from toolpost.tools.doubt import Doubt
from toolpost.tools.tool import Tool


def doubts(
    limits: Sequence[Limit], tools: Collection[Tool], plugins: Iterable[str], expected: Expected
) -> Iterator[Doubt]:
    """A sentence for each; `tools` are all there are, with resources and prompts, `plugins` all that are enabled."""
    names = [*(tool.name for tool in tools), MODEL]
    owners = {*plugins, *(tool.plugin for tool in tools if tool.plugin)}
    providers = {tool.provider for tool in tools if tool.provider}
    for index, limit in enumerate(limits):
        rule, found, cause = limit.rule, False, ("rules", index)
        for kind, globs, known in (
            ("tool", rule.tools, names),
            ("plugin", rule.plugins, owners),
            ("provider", rule.providers, providers),
        ):
            for doubt in unknown(limit.name, cause, kind, globs, known, expected):
                found = True
                yield doubt
        if not found and not any(map(limit.covers, tools)) and not _is_about_more(limit, expected):
            yield Doubt(f"{limit.name}: no tool falls under it; change what it names, or take it out", cause)


def _is_about_more(limit: Limit, expected: Expected) -> bool:
    """Whether it may be about what is in no list, or is still to come."""
    rule = limit.rule
    if MODEL in rule.tools:
        return True
    return any(not rule.plugins or fits(plugin, tuple(rule.plugins)) for plugin in expected)
