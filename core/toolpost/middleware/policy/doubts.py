"""Rules that are probably not meant as they stand: names that nothing has, rules that nothing reaches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from toolpost.middleware.policy.rule import Rule
from toolpost.middleware.unknown import Expected, bringer, unknown
from toolpost.plugins.unlisted import MODEL
from toolpost.tools.doubt import Doubt
from toolpost.tools.tool import Tool


def doubts(
    rules: Sequence[Rule], tools: Collection[Tool], plugins: Iterable[str], expected: Expected
) -> Iterator[Doubt]:
    """A sentence for each; `tools` are all there are, with resources and prompts, `plugins` all that are enabled."""
    names = {kind: [tool.name for tool in tools if tool.kind == kind] for kind in ("tool", "resource", "prompt")}
    names["tool"].append(MODEL)
    owners = {*plugins, *(tool.plugin for tool in tools if tool.plugin)}
    for index, rule in enumerate(rules):
        title, cause = f"rule {index + 1}", ("rules", index)
        yield from unknown(title, cause, "tool", rule.tools, names["tool"], expected)
        yield from unknown(title, cause, "resource", rule.resources, names["resource"], expected)
        yield from unknown(title, cause, "prompt", rule.prompts, names["prompt"], expected)
        yield from unknown(title, cause, "plugin", rule.plugins, owners, {})
        if hiding := _hidden_by(rules[:index], rule, tools, expected):
            text = f"{title} is never reached: {hiding} decides before it; put the rule that is more exact first"
            yield Doubt(text, cause)


def _hidden_by(earlier: Sequence[Rule], rule: Rule, tools: Collection[Tool], expected: Expected) -> str:
    """The earlier rules that take all that a rule is about, whoever calls."""
    whole = next((number for number, one in enumerate(earlier, 1) if _takes_all(one)), None)
    about = [tool for tool in tools if rule.is_about(tool)]
    if whole is None and _is_about_more(rule, expected):
        return ""
    taken: dict[int, None] = {}
    for tool in about:
        first = next((n for n, one in enumerate(earlier, 1) if one.is_for_all and one.is_about(tool)), None)
        if first is None:
            return ""
        taken[first] = None
    return " and ".join(f"rule {number}" for number in taken)


def _takes_all(rule: Rule) -> bool:
    """Whether every tool, whichever there will be, falls under a rule."""
    is_any = (rule.tools is None and rule.resources is None and rule.prompts is None) or "*" in (rule.tools or ())
    return is_any and rule.is_for_all and rule.plugins is None and rule.when is None


def _is_about_more(rule: Rule, expected: Expected) -> bool:
    """Whether a rule may be about what is in no list, or is still to come."""
    if rule.plugins is not None and not any(bringer(glob, {one: [one] for one in expected}) for glob in rule.plugins):
        return False
    named = rule.tools is not None or rule.resources is not None or rule.prompts is not None
    globs = (*(rule.tools or ()), *(rule.prompts or ())) if named else ("*",)
    return any(bringer(glob, expected) for glob in globs) or (bool(expected) and rule.resources is not None)
