"""Whether what a plugin's distribution requires is installed, looked at before the plugin is imported."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence

from toolpost.plugins.distribution import Facts, normal, version_of

OWN = "toolpost"
# Most requirements are of this form, and reading those so takes 1/100 of importing `packaging`.
SIMPLE = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])? *\(?((?:[<>=!]=?[\d.]+ *,? *)*)\)?")
CLAUSE = re.compile(r"(==|!=|>=|<=|>|<)([\d.]+)")
NUMBERS = re.compile(r"\d+(?:\.\d+)*")
COMPARE: dict[str, Callable[[list[int], list[int]], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def conflict(facts: Facts, version: Callable[[str], str | None] = version_of) -> str:
    """A sentence on what keeps a plugin's distribution from running as it is installed; empty where nothing does."""
    # Whoever runs this has toolpost's own requirements.
    return "" if normal(facts.name) == OWN else unmet(facts.name, facts.requires, version)


def unmet(name: str, requires: Sequence[str], version: Callable[[str], str | None] = version_of) -> str:
    """A sentence on the first requirement of distribution `name` that is not met, with the way out; else empty."""
    for line in requires:
        if "extra" in line.partition(";")[2]:
            continue
        wanted, found = _asked(line, version)
        if wanted:
            return _sentence(name, wanted, line.partition(";")[0].strip(), found)
    return ""


def _asked(line: str, version: Callable[[str], str | None]) -> tuple[str, str | None]:
    """The distribution that a requirement misses and the version there is; an empty name where it is met."""
    simple = SIMPLE.fullmatch(line.strip())
    if simple is None:
        return _by_the_book(line, version)
    found = version(normal(simple[1]))
    if found is None:
        return simple[1], None
    clauses = CLAUSE.findall(simple[2])
    numbers = all(map(NUMBERS.fullmatch, [found, *(number for _, number in clauses)]))
    if clauses and not numbers:
        return _by_the_book(line, version)
    met = all(COMPARE[sign](_release(found), _release(number)) for sign, number in clauses)
    return ("", found) if met else (simple[1], found)


def _by_the_book(line: str, version: Callable[[str], str | None]) -> tuple[str, str | None]:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        required = Requirement(line)
    except InvalidRequirement:
        return "", None  # what no installer can read, none has heeded
    if required.marker is not None and not required.marker.evaluate():
        return "", None
    found = version(normal(required.name))
    if found is None:
        return required.name, None
    try:
        met = required.specifier.contains(found, prereleases=True)
    except ValueError:  # a version that is none
        met = not required.specifier
    return ("", found) if met else (required.name, found)


def _release(number: str) -> list[int]:
    parts = [int(part) for part in number.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return parts


def _sentence(name: str, wanted: str, line: str, found: str | None) -> str:
    upgrade = f"`toolpost plugins upgrade {name}`"
    if found is None:
        return f"{name} requires {line}, which is not installed; run `toolpost plugins install {name}`, or disable it"
    if normal(wanted) == OWN:
        return f"{name} requires {line}, and this is toolpost {found}; run {upgrade}, or upgrade toolpost"
    return f"{name} requires {line}, and {wanted} {found} is installed; run {upgrade}, or disable it"
