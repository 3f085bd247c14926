"""A tool of a server that is down for now is not one that nobody has heard of."""

from __future__ import annotations

from typing import Any

import pytest
from hosting import FRIENDLY, HOSTILE, child, hosting, plugin_of, until

from toolpost import Unavailable, UnknownTool
from toolpost.testing import connect

pytestmark = pytest.mark.anyio
DOWN: dict[str, Any] = {"retry": 60, "wait": 8}


def gone() -> dict[str, Any]:
    return child(HOSTILE, "exits", era="handshake")


async def test_it_is_said_that_its_server_is_down_and_when_to_ask_again() -> None:
    async with hosting({"remote": gone()}, **DOWN) as host:
        await until(lambda: plugin_of(host).status()[0].condition == "down")
        with pytest.raises(Unavailable, match="'remote_echo' is not there now: upstream 'remote' is down") as caught:
            await host.call("remote_echo")
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > 1
        for other in ("echo", "remote", "remot_echo"):
            with pytest.raises(UnknownTool):
                await host.call(other)


async def test_a_server_with_a_longer_name_answers_for_its_own() -> None:
    async with hosting({"a": gone(), "a_b": child(FRIENDLY)}, **DOWN) as host:
        await until(lambda: any(name.startswith("a_b_") for name in host.tools))
        with pytest.raises(UnknownTool):
            await host.call("a_b_nope")
        with pytest.raises(Unavailable, match="'a'"):
            await host.call("a_nope")


async def test_a_client_is_told_so_in_the_answer() -> None:
    async with hosting({"remote": gone()}, **DOWN) as host, connect(host) as client:
        result = await client.call_tool("remote_echo", {})
    assert result.is_error
    assert "upstream 'remote' is" in result.content[0].text
