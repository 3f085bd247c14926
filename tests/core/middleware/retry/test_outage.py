"""What a provider that is down gets to see of a hundred calls a second, counted at its own door."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from toolpost import Artefacts, Host, Reader, ToolError, Unavailable
from toolpost.middleware.retry import Retry
from toolpost.middleware.timeout import Timeout
from toolpost_chat import Chat
from toolpost_dalle import Dalle
from toolpost_moderation import Moderation
from toolpost_openai import OpenAI
from toolpost_openai.testing import Reply, ScriptedServer, chat_text, cut, error
from toolpost_pictures import Pictures
from toolpost_vision import Vision

RATE = 100
OUTAGE = 60


class Endless(deque[Reply]):
    """A script of one reply that never ends."""

    def popleft(self) -> Reply:
        return self[0]


class Setting:
    """Chat over HTTP with a provider that fails, in a time that moves by a hundredth of a second each call."""

    def __init__(self, server: ScriptedServer, **settings: Any) -> None:
        self.now, self.server = 1000.0, server
        self.retry = Retry(clock=lambda: self.now, first_wait=1e-4, **settings)
        openai = OpenAI(base_url=server.base_url)
        self.host = Host([Timeout(), self.retry, openai, Chat(openai)])

    @property
    def received(self) -> int:
        return sum(request.path.endswith("/completions") for request in self.server.journal)

    async def offer(self) -> bool:
        """One call, and whether it was answered."""
        self.now += 1 / RATE
        try:
            await self.host.call("chat", {"prompt": "Hello", "model": "any"})
        except ToolError:
            return False
        return True


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.mark.parametrize(
    "reply",
    [error(503, "busy"), error(503, "busy", retry_after="0"), error(500, "oops"), error(502, "bad gateway")],
    ids=["503", "503 at once", "500", "502"],
)
async def test_an_outage_of_a_minute_is_hardly_noticed_at_the_provider(server: ScriptedServer, reply: Reply):
    here = Setting(server)
    server.replies = Endless([reply])
    async with here.host:
        for _ in range(5 * RATE):
            assert not await here.offer()
        opened = here.received
        for _ in range((OUTAGE - 5) * RATE):
            assert not await here.offer()
        server.replies = deque()
        during, back = here.received, here.now
        while not await here.offer():
            assert here.now < back + 10
        # From then on everybody is served.
        assert all([await here.offer() for _ in range(10)])
    assert opened <= here.retry.breaker_failures + 1
    assert during <= opened + OUTAGE / here.retry.breaker_seconds


async def test_without_a_breaker_the_budget_alone_bounds_the_retries(server: ScriptedServer):
    here, offered = Setting(server, breaker_failures=10**9), 300
    server.replies = Endless([error(503, "busy")])
    async with here.host:
        for _ in range(offered):
            assert not await here.offer()
    assert here.received <= 1.2 * offered


async def test_limits_are_obeyed_and_do_not_open_the_breaker(server: ScriptedServer):
    here = Setting(server, attempts=1)
    server.replies = Endless([error(429, "slow down", retry_after="7")])
    async with here.host:
        for _ in range(20):
            with pytest.raises(Unavailable, match=r"429.*try again in 7 seconds"):
                await here.host.call("chat", {"prompt": "Hello", "model": "any"})
    assert here.received == 20


@pytest.mark.parametrize("reply", [cut(chat_text("Hel")), error(400, "no"), error(401, "no"), error(404, "no")])
async def test_what_may_have_been_carried_out_or_will_not_be_is_sent_once(server: ScriptedServer, reply: Reply):
    here = Setting(server)
    server.replies.append(reply)
    async with here.host:
        assert not await here.offer()
    assert here.received == 1


def test_all_tools_that_ask_openai_share_its_breaker(tmp_path: Path):
    openai = OpenAI()
    pictures = Pictures(Artefacts(tmp_path), Reader())
    asking = [Chat(openai, compatibility=True), Dalle(openai, pictures, compatibility=True)]
    tools = Host([*asking, Vision(openai, pictures), Moderation(openai, pictures)]).tools.values()
    assert len(tools) == 9
    assert {tool.provider for tool in tools} == {"openai"}


async def test_a_provider_that_is_gone_is_left_alone_too():
    with ScriptedServer() as gone:
        here = Setting(gone)
    async with here.host:
        for _ in range(20):
            assert not await here.offer()
        with pytest.raises(Unavailable, match="openai failed 5 times in a row"):
            await here.host.call("chat", {"prompt": "Hello", "model": "any"})
