"""The contract of plugins as tests: one for each rule."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from toolpost.checks.finding import RULES, Finding, refuse_unknown
from toolpost.checks.running import Options, check_subject
from toolpost.packages.subject import Subject
from toolpost.plugins.find import installed


def contract(
    plugin: str | Path | type,
    *,
    settings: Mapping[str, Any] | None = None,
    calls: Sequence[str] = (),
    without: Sequence[str] = (),
) -> Callable[[str], None]:
    """A test for each rule that a plugin keeps, to be assigned to a name that pytest collects.

    ```python
    test_contract = contract("toolpost-dice")
    ```

    `plugin` is an installed distribution or plugin, the folder of a project,
    or a class; `settings` are those to build it with. Tools that are not
    read-only, or cost money, are called only if `calls` lists them. `without`
    names rules to do without. The plugin runs in child processes; what is
    only to note is printed, and shown by `pytest -rP`.
    """
    import pytest

    refuse_unknown(without)

    @cache
    def found() -> list[Finding]:
        subject = _subject(plugin)
        given = {name: settings or {} for name in subject.plugins}
        return check_subject(subject, Options(given, calls, without))

    @pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in without])
    def test_contract(rule: str) -> None:
        broken = [finding for finding in found() if finding.rule == rule]
        print(*(f"{finding.level}: {finding.sentence}" for finding in broken), sep="\n")  # noqa: T201 - for pytest
        if wrong := [finding.sentence for finding in broken if finding.level == "error"]:
            pytest.fail("\n".join([*wrong, f"why: {RULES[rule]}"]), pytrace=False)

    return test_contract


def _subject(plugin: str | Path | type) -> Subject:
    if not isinstance(plugin, type):
        return Subject.of(str(plugin))
    value = f"{plugin.__module__}:{plugin.__qualname__}"
    for name, claims in installed().items():
        if _is(claims[0].entry_point.value, plugin):
            return Subject(claims[0].facts.name, claims[0].version, {name: value})
    file = Path(str(sys.modules[plugin.__module__].__file__))
    return Subject(plugin.__name__.lower(), "0", {plugin.__name__.lower(): value}, _root(plugin.__module__, file))


def _is(value: str, cls: type) -> bool:
    """Whether an entry point is that of a class, which its package may have from a module in it."""
    module, _, name = value.partition(":")
    return name.strip() == cls.__qualname__ and f"{cls.__module__}.".startswith(f"{module.strip()}.")


def _root(module: str, file: Path) -> Path:
    """The folder that a module is imported from."""
    depth = module.count(".") + (file.name == "__init__.py")
    return file.parents[depth]
