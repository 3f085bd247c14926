"""A server whose lists change all the time is asked for them ever more seldom."""

from __future__ import annotations

from toolpost_upstream.life.backoff import AGAIN, CALM, FREELY, Unrest
from toolpost_upstream.life.state import Status, ailing


def test_a_few_changes_are_taken_at_once_and_many_are_not() -> None:
    now = 0.0
    unrest = Unrest(lambda: now)
    pauses = []
    for _ in range(40):
        pauses.append(unrest.pause())
        now += pauses[-1]
    assert pauses[:FREELY] == [AGAIN] * FREELY
    assert pauses[-1] == CALM
    assert pauses == sorted(pauses)


def test_a_server_that_was_quiet_for_a_while_is_believed_again() -> None:
    now = 0.0
    unrest = Unrest(lambda: now)
    for _ in range(20):
        now += unrest.pause()
    now += 2 * CALM
    assert unrest.pause() == AGAIN


def test_people_hear_of_it_only_while_it_goes_on() -> None:
    now = 0.0
    unrest = Unrest(lambda: now)
    said = []
    for _ in range(12):
        now += unrest.pause()
        said.append(unrest.lasts)
    assert said[:FREELY] == [False] * FREELY
    assert said[-1]
    assert said == sorted(said)
    now += 2 * CALM
    assert not unrest.lasts


def test_a_server_that_changes_without_end_is_up_and_called_restless() -> None:
    status = Status("bad", "stdio", "up", restless=True)
    assert "once a minute" in status.sentence
    assert ailing(status).state == "restless"
