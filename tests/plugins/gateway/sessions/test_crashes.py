"""A process may die at any moment of a turn: its session is whole, and the next one goes on with it at once."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import anyio.to_thread
import pytest

from toolpost.testing.openai import say

# Dies as it is about to run the nth transaction's first or last statement after the session was made.
CHILD = """
import os, signal, sys
from pathlib import Path
import anyio
from toolpost import Context, Host
from toolpost.testing import open_services
from toolpost_gateway.loop import Loop, Terms
from toolpost_gateway.sessions import Keeping, Sessions
from toolpost_openai import OpenAI

folder, url, place = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

async def main():
    openai = OpenAI(base_url=url)
    async with open_services(folder) as services, Host({"openai": openai}) as host:
        sessions = Sessions(services.store, services.artefacts, Keeping(), services.clock)
        id = (await sessions.create("ann")).id
        loop, seen = Loop(host, openai, Terms()), []

        def ran(statement):
            if statement in ("BEGIN IMMEDIATE", "COMMIT"):
                seen.append(statement)
                if len(seen) > place:
                    os.kill(os.getpid(), signal.SIGKILL)

        async def hear(event):
            pass

        services.store.file.db.set_trace_callback(ran)
        await sessions.say(loop, Context("ann"), "one", hear, session_id=id)

anyio.run(main)
"""


async def died(folder: Path, url: str, place: int) -> None:
    command = [sys.executable, "-c", CHILD, str(folder), url, str(place)]
    done = await anyio.to_thread.run_sync(lambda: subprocess.run(command, capture_output=True, timeout=60))
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.parametrize(
    ("place", "turns"),
    [
        pytest.param(0, [], id="before the turn is taken"),
        pytest.param(1, [], id="while it is taken"),
        pytest.param(2, ["open"], id="when it was taken"),
        pytest.param(3, ["open"], id="while the answer is written"),
    ],
)
async def test_who_dies_leaves_a_whole_session_and_holds_nobody_up(conversing, tmp_path, place, turns):
    async with conversing() as talk:
        await died(tmp_path, talk.provider.base_url, place)
        (key, _), *more = await talk.services.store.space("gateway").scan("head:")
        assert not more
        id = key.rsplit(":", 1)[1]
        assert [turn.state for turn in await talk.sessions.turns("ann", id)] == turns
        listed = [head.title for head in await talk.sessions.list("ann")]
        assert listed == (["one"] if turns else [])
        talk.provider.replies.append(say("Two."))
        with anyio.fail_after(10):
            assert (await talk.say("two", id)).response == "Two."
        said = [message["content"] for message in talk.asked if message["role"] == "user"]
        assert said == (["one", "two"] if turns else ["two"])


async def test_a_turn_is_synced_twice(conversing):
    async with conversing() as talk:
        id = (await talk.say("one")).session_id
        statements: list[str] = []
        talk.services.store.file.db.set_trace_callback(statements.append)
        await talk.say("two", id)
        talk.services.store.file.db.set_trace_callback(None)
        assert statements.count("COMMIT") == 2
        assert not await talk.sessions.is_answering("ann", id)
