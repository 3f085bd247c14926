"""What a record means for the next equal call: never that it is paid for twice unasked."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost.middleware.ledger.record import Record, Standing, State, standing

NOTHING_CARRIED_OUT = ("refused", "unavailable")
PAST = st.floats(min_value=0, max_value=2e9)


def record(state: Any = "running", **known: Any) -> Record:
    return Record("job", "owner", "call", "ann", "paint", "process", state, **{"started": 1_000.0, **known})


states = st.sampled_from(get_args(State))
records = st.builds(
    record, states, started=PAST, ended=st.none() | PAST, result=st.none() | st.just({"content": []}), cost=st.none()
)


@given(records, st.booleans(), st.floats(min_value=-1e9, max_value=3e9))
def test_only_what_is_settled_or_old_is_free(kept: Record, alive: bool, now: float):
    meaning = standing(kept, alive=alive, now=now, window=300, blocked=86_400)
    if meaning is Standing.FREE and kept.state not in NOTHING_CARRIED_OUT:
        assert now - kept.since >= 300
        assert not (kept.state == "running" and alive)
    if meaning is Standing.KEPT:
        assert kept.result is not None
    if kept.state == "ambiguous" and now - kept.since < 86_400:
        assert meaning is Standing.UNKNOWN


@given(records)
def test_a_record_is_stored_as_it_is(kept: Record):
    assert Record.load(kept.dump()) == kept


def test_a_record_of_a_newer_version_is_read():
    newer = record().dump().replace(b'{"job"', b'{"colour":"red","job"')
    assert Record.load(newer) == record()


@pytest.mark.parametrize(
    ("kept", "alive", "age", "meaning"),
    [
        (record(), True, 1e9, Standing.RUNNING),
        (record(), False, 0, Standing.UNKNOWN),
        (record(), False, 1e9, Standing.FREE),
        (record("finished", ended=1_000.0, result={}), False, 299, Standing.KEPT),
        (record("finished", ended=1_000.0, result={}), False, 300, Standing.FREE),
        (record("finished", ended=1_000.0, result={}), False, -3_600, Standing.KEPT),
        (record("finished", ended=1_000.0), False, 300, Standing.UNKNOWN),
        (record("failed", ended=1_000.0, result={}), False, 1, Standing.KEPT),
        (record("ambiguous", ended=1_000.0), False, 86_399, Standing.UNKNOWN),
        (record("ambiguous", ended=1_000.0), False, 86_400, Standing.FREE),
        (record("refused", ended=1_000.0), False, 0, Standing.FREE),
        (record("unavailable", ended=1_000.0), False, 0, Standing.FREE),
    ],
)
def test_each_state_has_its_time(kept: Record, alive: bool, age: float, meaning: Standing):
    assert standing(kept, alive=alive, now=1_000.0 + age, window=300, blocked=86_400) is meaning
