"""Orders of layers: those that are right say nothing, each that is wrong says why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost.config.environment import Variables
from toolpost.config.load import read
from toolpost.config.locate import shipped_file
from toolpost.doctor.orders import ORDERS, Order, stated, wrong

SHIPPED = (
    "trace", "metrics", "policy", "limits", "pii", "injection", "validation", "moderation", "size", "gallery", "cache",
    "ledger", "timeout", "retry",
)  # fmt: skip


def test_the_shipped_order_is_right():
    order = [name for name in read(shipped_file(), Variables({})).plugins if name in SHIPPED]
    assert order == [name for name in SHIPPED if name in order]
    assert list(wrong(order)) == []
    assert list(wrong(SHIPPED)) == []


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.outer}-{order.inner}")
def test_each_pair_the_wrong_way_round_is_named_with_its_reason(order: Order):
    (said,) = wrong([order.inner, order.outer])
    assert said.startswith(f"[plugins.{order.inner}] stands before [plugins.{order.outer}]: {order.why}; move it below")
    assert list(wrong([order.outer, order.inner])) == []
    assert {order.outer, order.inner} <= {*SHIPPED}


def test_no_pair_is_there_twice():
    pairs = [(order.outer, order.inner) for order in ORDERS]
    assert len(pairs) == len({frozenset(pair) for pair in pairs})


@given(st.permutations(SHIPPED))
def test_an_order_that_says_nothing_keeps_every_rule(order: list[str]):
    broken = [one for one in ORDERS if order.index(one.outer) > order.index(one.inner)]
    assert len([*wrong(order)]) == len(broken)


def test_what_is_not_there_stands_nowhere():
    assert list(wrong(["cache"])) == []
    assert list(wrong([])) == []


class Loud:
    stands = {"inside": {"pii": "it would shout addresses"}, "outside": {"retry": "it would shout each try"}}

    async def __call__(self, call: Any, call_next: Any) -> Any:
        return await call_next(call)


def test_a_layer_states_where_it_must_stand():
    rules = [*stated([("loud", Loud())])]
    assert [*wrong(["pii", "loud", "retry"], rules)] == []
    assert [*wrong(["loud", "pii"], rules)] == [
        "[plugins.loud] stands before [plugins.pii]: it would shout addresses; move it below"
    ]
    assert [*wrong(["retry", "loud"], rules)] == [
        "[plugins.retry] stands before [plugins.loud]: it would shout each try; move it below"
    ]


@pytest.mark.parametrize("said", [None, 3, "inside", {"inside": ["pii"]}, {"beside": {"pii": "x"}}])
def test_a_layer_that_states_nonsense_states_nothing(said: Any):
    layer = Loud()
    layer.stands = said
    assert [*stated([("loud", layer)])] == []
