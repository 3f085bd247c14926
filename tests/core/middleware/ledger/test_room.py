"""What each caller may leave behind."""

from __future__ import annotations

from toolpost.middleware.ledger.room import BYTES, KEPT, Room


def test_a_caller_has_so_many_calls_under_way():
    room = Room(2)
    for _ in range(2):
        assert room.has("ann", 0.0)
        room.enter("ann")
    assert not room.has("ann", 0.0)
    assert room.has("eve", 0.0)
    room.leave("ann", 10.0, 1)
    assert room.has("ann", 0.0)


def test_none_may_be_allowed():
    assert not Room(0).has("ann", 0.0)


def test_results_that_wait_are_counted_until_their_time_is_over():
    room = Room(1)
    room.enter("ann")
    room.leave("ann", 10.0, BYTES)
    assert not room.has("ann", 9.0)
    assert room.has("ann", 10.0)


def test_so_many_results_wait():
    room = Room(1)
    for _ in range(KEPT):
        room.enter("ann")
        room.leave("ann", 10.0, 0)
    assert not room.has("ann", 9.0)
    assert room.has("ann", 10.0)
    assert not room.shares["ann"].kept
