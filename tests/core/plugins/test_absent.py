"""Plugins say which tools they lack for now; one that fails to say so is as if it said nothing."""

from __future__ import annotations

import pytest

from toolpost import Host, Unavailable, UnknownTool

pytestmark = pytest.mark.anyio


class Library:
    def absent(self, name: str) -> str | tuple[str, float] | None:
        if name == "crash":
            raise RuntimeError("no idea")
        return {"lend": "the door is shut", "read": ("the light is out", 3)}.get(name)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("name", "why", "after"), [("lend", "the door is shut", None), ("read", "the light is out", 3)]
)
async def test_who_has_a_tool_again_says_why_not_now(name: str, why: str, after: float | None) -> None:
    async with Host([Library()]) as host:
        with pytest.raises(Unavailable, match=f"tool '{name}' is not there now: {why}") as caught:
            await host.call(name)
    assert caught.value.retry_after == after


@pytest.mark.parametrize("name", ["crash", "nope"])
async def test_what_nobody_lacks_is_unknown(name: str) -> None:
    async with Host([Library()]) as host:
        with pytest.raises(UnknownTool):
            await host.call(name)
