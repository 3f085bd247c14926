"""What is concluded from what was seen: never that a guard ran where nothing shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from toolpost.doctor.canaries import HIDDEN, mark, personal
from toolpost.doctor.checks import CHECKS, Evidence, judge
from toolpost.doctor.steps import STEPS, Seen

GUARDS = ("policy", "limits", "pii", "injection", "validation")
TYPES = ("EMAIL", "CREDIT_CARD")


def states(evidence: Evidence, surface: str = "mcp") -> dict[str, str]:
    return {f"{row.guard}: {row.path}": row.state for row in judge(surface, GUARDS, evidence)}


def test_a_surface_that_offers_nothing_has_no_rows():
    assert states(Evidence([None] * len(STEPS), [], "", TYPES)) == {}


def test_where_no_canary_arrives_nothing_is_said_to_run():
    dead = Evidence([Seen(["Connection closed"], failed=True) for _ in STEPS], [], "boom\n", TYPES)
    (row,) = judge("mcp", GUARDS, dead)
    assert (row.state, row.ok, row.detail) == ("cannot tell", False, "no canary reached its tool: boom")


@pytest.fixture
def bare() -> Evidence:
    """What is seen where no guard stands."""
    texts = {
        "say": [personal("text"), personal("data")],
        "fail": [f"{personal('error')} {HIDDEN}"],
        "crash": [personal("crash")],
        "hide": [f"{mark('text')} {HIDDEN}", f"{mark('data')} {HIDDEN}"],
        "resource": [f"{personal('resource')} {HIDDEN}"],
        "template": [mark("template")],
        "prompt": [f"{personal('prompt')} {HIDDEN}"],
    }
    told = [f"{personal('progress')} {HIDDEN}"]
    seen = [Seen(texts.get(step.does, [mark("text")]), told if step.does == "say" else []) for step in STEPS]
    given = {"say": personal("arguments"), "template": personal("template"), "prompt": personal("filled")}
    return Evidence(seen, [(step.does, given.get(step.does, "")) for step in STEPS], personal("crash"), TYPES)


def test_where_no_guard_stands_none_is_said_to_run(bare: Evidence):
    assert set(states(bare).values()) == {"did not run"}


def test_every_way_of_every_guard_is_judged(bare: Evidence):
    assert len(states(bare)) == sum(len(CHECKS[guard]) for guard in GUARDS)


def test_what_is_not_looked_for_does_not_count_as_a_leak(bare: Evidence):
    found = states(replace(bare, types=()))
    assert {state for way, state in found.items() if way.startswith("pii")} == {"ran"}
    assert found["validation: arguments"] == "did not run"


def test_a_call_that_failed_for_another_reason_proves_nothing(bare: Evidence):
    seen = [
        Seen(["out of order"], failed=True) if step.does == "strict" else one
        for step, one in zip(STEPS, bare.seen, strict=True)
    ]
    reached = [(what, given) for what, given in bare.reached if what != "strict"]
    assert states(replace(bare, seen=seen, reached=reached))["validation: arguments"] == "cannot tell"
