"""The official conformance suite says that toolpost over HTTP is MCP, in both eras and through the plugin contract."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

# A line of the summary, such as "✓ ping: 2 passed, 0 failed".
SUMMARY = re.compile(r"^(?P<mark>[✓✗]) (?P<scenario>[a-z0-9-]+): \d+ passed, \d+ failed", re.MULTILINE)
# Where one scenario was asked for.
PASSED = re.compile(r"^Passed: (\d+)/(\d+), 0 failed", re.MULTILINE)
Suite = Callable[..., str]


def outcomes(output: str) -> dict[str, bool]:
    """By scenario whether it passed; an empty output is none at all."""
    found = {one["scenario"]: one["mark"] == "✓" for one in SUMMARY.finditer(output)}
    assert found, output[-4000:]
    return found


def failing(output: str) -> str:
    """What the suite says of scenarios that fail, for whoever reads the report."""
    return "\n".join(line for line in output.splitlines() if "FAILURE" in line or "✗" in line)


def test_all_active_scenarios_of_the_released_suite_pass(suite: Suite):
    output = suite("0.1")
    found = outcomes(output)
    assert len(found) == 30
    assert all(found.values()), failing(output)


@pytest.mark.parametrize(("revision", "required"), [("2025-11-25", 30), ("2026-07-28", 37)])
def test_all_that_a_revision_requires_passes(suite: Suite, revision: str, required: int):
    output = suite("0.2", "--requirements", revision)
    scored = {name: passed for name, passed in outcomes(scored_part(output)).items() if name not in unscored(output)}
    assert len(scored) == required
    assert all(scored.values()), failing(output)


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_what_is_not_scored_passes_too(suite: Suite, revision: str):
    output = suite("0.2", "--requirements", revision)
    others, found = unscored(output), outcomes(output)
    assert others
    assert all(found[name] for name in others), failing(output)


def test_all_scenarios_of_tasks_pass(suite: Suite):
    output = suite("0.2", "--requirements", "2026-07-28")
    found = {name: passed for name, passed in outcomes(output).items() if name.startswith("tasks-")}
    assert len(found) == 10
    assert all(found.values()), failing(output)


@pytest.mark.parametrize("scenario", ["json-schema-2020-12", "server-sse-polling"])
def test_pending_scenarios_of_the_released_suite_do_not_fail(suite: Suite, scenario: str):
    output = suite("0.1", "--scenario", scenario)
    assert PASSED.search(output), output[-4000:]


def unscored(output: str) -> set[str]:
    """The scenarios that the suite ran for information."""
    _, _, told = output.partition("Not scored")
    return set(re.findall(r"^\s+[✓✗] ([a-z0-9-]+) \(", told, re.MULTILINE))


def scored_part(output: str) -> str:
    """The summary, without the list of what was not scored."""
    return output.partition("Not scored")[0]
