"""A server whose lists change all the time is asked for them ever more seldom."""

from __future__ import annotations

from toolpost_upstream.life.backoff import AGAIN, CALM, FREELY, Unrest


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
