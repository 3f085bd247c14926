"""Rules that are probably not meant as they stand: names that nothing has, rules that nothing reaches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from toolpost.middleware.globs import fits, nearest_to
from toolpost.middleware.policy.rule import Rule
from toolpost.tools.tool import Tool

# What asks a model in a conversation has this name, and is in no list.
MODEL = "model"


def doubts(rules: Sequence[Rule], tools: Collection[Tool], plugins: Iterable[str]) -> Iterator[str]:
    """A sentence for each; `tools` are all there are, with resources and prompts, `plugins` all that are enabled."""
    names = {kind: [tool.name for tool in tools if tool.kind == kind] for kind in ("tool", "resource", "prompt")}
    names["tool"].append(MODEL)
    owners = {*plugins, *(tool.plugin for tool in tools if tool.plugin)}
    for number, rule in enumerate(rules, 1):
        yield from _unknown(number, "tool", rule.tools, names["tool"])
        yield from _unknown(number, "resource", rule.resources, names["resource"])
        yield from _unknown(number, "prompt", rule.prompts, names["prompt"])
        yield from _unknown(number, "plugin", rule.plugins, owners)
        if hiding := _hidden_by(rules[: number - 1], rule, tools):
            yield f"rule {number} is never reached: {hiding} decides before it; put the rule that is more exact first"


def _unknown(number: int, kind: str, globs: Iterable[str] | None, names: Collection[str]) -> Iterator[str]:
    for glob in globs or ():
        if not any(fits(name, (glob,)) for name in names):
            yield f"rule {number}: no {kind} is called {glob!r}{nearest_to(glob, names)}"


def _hidden_by(earlier: Sequence[Rule], rule: Rule, tools: Collection[Tool]) -> str:
    """The earlier rules that take all that a rule is about, whoever calls."""
    about = [tool for tool in tools if rule.is_about(tool)]
    taken: dict[int, None] = {}
    for tool in about:
        first = next((n for n, one in enumerate(earlier, 1) if one.is_for_all and one.is_about(tool)), None)
        if first is None:
            return ""
        taken[first] = None
    return " and ".join(f"rule {number}" for number in taken)
