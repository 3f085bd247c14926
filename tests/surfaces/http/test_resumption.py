"""Streams that broke: a client of the handshake era takes its own up again, and nobody else's."""

from __future__ import annotations

import re

import pytest
from reaching import HANDSHAKE, Reached, Reply, Session

CALL = {"name": "counts", "arguments": {"to": 3}, "_meta": {"progressToken": "p"}}


def ids(reply: Reply) -> list[str]:
    return re.findall(r"^id: (\S+)", reply.body.decode().replace("\r", ""), re.MULTILINE)


def resume(session: Session, last: str) -> Reply:
    headers = {
        "accept": "text/event-stream",
        "mcp-session-id": session.id,
        "mcp-protocol-version": HANDSHAKE,
        "last-event-id": last,
    }
    return session.server.request("GET", "/mcp", headers=headers)


def test_what_was_missed_is_sent_again_in_order(server: Reached):
    session = server.open()
    first = session.rpc("tools/call", CALL)
    names = ids(first)
    assert len(names) == 5
    assert resume(session, names[0]).events == first.events
    assert resume(session, names[3]).events == first.events[3:]


def test_a_stream_of_another_session_is_none(server: Reached):
    one, other = server.open(), server.open()
    for name in ids(one.rpc("tools/call", CALL)):
        reply = resume(other, name)
        assert reply.events == []
    server.alive()


@pytest.mark.parametrize("last", ["x", "0", "-1", "x" * 8000, "{}", "0" * 16 + "-1"])
def test_an_event_that_never_was_resumes_nothing(server: Reached, last: str):
    reply = resume(server.open(), last)
    assert reply.status >= 400 or reply.events == []
    server.alive()


def test_requests_of_the_stateless_era_have_nothing_to_resume(server: Reached):
    name = ids(server.open().rpc("tools/call", CALL))[0]
    for reply in (server.rpc("tools/call", CALL, {"last-event-id": name}), server.rpc("tools/call", CALL)):
        assert reply.events[-1]["result"]["structuredContent"] == {"result": 3}
        assert ids(reply) == []
