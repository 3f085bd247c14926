"""Servers and tools that a request names, and that are not there: wrongly named, or down for now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from answering import Gate, answering

from toolpost.testing.openai import call_tool, say

# Nothing listens there.
DOWN = """
[plugins.upstream]
retry = 60
[plugins.upstream.servers.remote]
url = "http://127.0.0.1:9/mcp"
"""
USER: Any = [{"role": "user", "content": "Hello"}]
REMOTE: Any = {"type": "mcp", "server_label": "remote"}


@pytest.fixture(scope="module")
def lonely(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with answering(tmp_path_factory.mktemp("naming"), rest=DOWN) as gate:
        yield gate


@pytest.fixture
def gate(lonely: Gate) -> Gate:
    lonely.provider.replies.clear()
    lonely.provider.requests.clear()
    return lonely


def asked(gate: Gate, way: str, tool: Any, stream: bool = False, **more: Any) -> Any:
    client = gate.client()
    if way == "chat":
        return client.chat.completions.create(model="served-model", messages=USER, tools=[tool], stream=stream, **more)
    return client.responses.create(model="served-model", input="Hi", tools=[tool], stream=stream, **more)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("way", ["chat", "responses"])
@pytest.mark.parametrize(
    "tool", [REMOTE, {"type": "mcp", "server_label": "toolpost", "allowed_tools": ["remote_echo"]}]
)
def test_a_server_that_is_down_may_be_asked_again(gate: Gate, way: str, stream: bool, tool: Any):
    with pytest.raises(openai.InternalServerError, match="'remote' is down") as caught:
        asked(gate, way, tool, stream)
    assert caught.value.status_code == 503
    assert caught.value.code == "unavailable"
    assert caught.value.param == f"tools[0].{'server_label' if tool is REMOTE else 'allowed_tools'}"
    assert int(caught.value.response.headers["retry-after"]) >= 1
    assert not gate.asked


@pytest.mark.parametrize("way", ["chat", "responses"])
@pytest.mark.parametrize("place", ["allowed_tools", "allowed_tools.tool_names"])
def test_a_tool_that_is_none_is_named(gate: Gate, way: str, place: str):
    allowed: Any = ["add", "drew"] if place == "allowed_tools" else {"tool_names": ["add", "drew"]}
    with pytest.raises(openai.BadRequestError, match="no tool 'drew' on 'office'.* did you mean 'draw'") as caught:
        asked(gate, way, {"type": "mcp", "server_label": "office", "allowed_tools": allowed})
    assert caught.value.param == f"tools[0].{place}"
    assert not gate.asked


def test_what_a_choice_names_must_be_there(gate: Gate):
    choice = {"type": "mcp", "server_label": "office", "name": "nope"}
    with pytest.raises(openai.BadRequestError, match="allowed: add") as caught:
        asked(gate, "responses", {"type": "mcp", "server_label": "office"}, tool_choice=choice)
    assert caught.value.param == "tool_choice.name"


@pytest.mark.parametrize("allowed", [["add"], [], {"read_only": True}, {"tool_names": ["add"], "read_only": True}])
def test_tools_that_are_there_are_listed(gate: Gate, allowed: Any):
    tool = {"type": "mcp", "server_label": "office", "allowed_tools": allowed}
    listed: Any = asked(gate, "responses", tool).output[0]
    names = {one.name for one in listed.tools}
    assert names == ({"add"} if "add" in str(allowed) else names if allowed else set())


def test_a_model_that_calls_a_tool_of_a_server_that_is_down_is_told_so(gate: Gate):
    gate.provider.replies += [call_tool("remote_echo"), say("Later, then.")]
    assert asked(gate, "responses", {"type": "mcp", "server_label": "toolpost"}).output_text == "Later, then."
    assert "upstream 'remote' is down" in gate.asked[-1]["messages"][-1]["content"]


def test_the_root_of_the_api_names_what_is_there(gate: Gate):
    reply = gate.server.request("GET", "/v1")
    assert reply.status == 200
    assert "POST /v1/responses" in reply.json["endpoints"]
    assert reply.json["docs"] == "/docs"


@pytest.mark.parametrize("kind", [{}, {"content-type": "text/plain"}])
def test_a_message_that_is_not_said_to_be_json_is_told_how(gate: Gate, kind: dict[str, str]):
    reply = gate.server.request("POST", "/chat", b'{"message": "Hi"}', kind)
    assert reply.status in (415, 422)
    assert "bodies are read as application/json alone" in reply.body.decode()
    assert "dictionary" not in reply.body.decode()
