"""Nothing that a plugin raises or returns ends the server: that call gets an error, and the next one works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hostile_plugins import ANSWERS, KINDS, Broken, Hostile
from mcp import Client
from serving import Served, served

from toolpost import Host, Tool, hookimpl
from toolpost.server.mcp import mcp_server

# What a program would take, or what stands for something that it takes.
FINE = {"number keys", "generator", "nan meta", "big", "big data"}


def failed(message: dict[str, Any]) -> bool:
    return "error" in message or message["result"].get("isError") is True


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tool", ["raises", "raises_sync", "child_raises", "from_thread"])
def test_an_exception_in_a_tool_is_that_calls_error(standing: Served, tool: str, kind: str):
    answer = standing.call(tool, kind=kind)
    assert answer["result"]["isError"]
    assert "hostile" not in json.dumps(answer["result"]["content"])
    standing.alive()


@pytest.mark.parametrize("kind", KINDS)
def test_an_exception_in_a_task_left_behind_ends_nothing(standing: Served, kind: str):
    assert "result" in standing.call("background_raises", kind=kind)
    standing.alive()


@pytest.mark.parametrize("kind", KINDS)
def test_an_exception_in_a_layer_is_that_calls_error(standing: Served, kind: str):
    assert standing.call("echo", text=f"layer raises {kind}")["result"]["isError"]
    standing.alive()


@pytest.mark.parametrize("kind", KINDS)
def test_an_exception_in_a_resource_is_that_requests_error(standing: Served, kind: str):
    answer = standing.answer(standing.request("resources/read", {"uri": f"hostile://raises/{kind}"}))
    assert "reference" in answer["error"]["message"]
    standing.alive()


@pytest.mark.parametrize("kind", KINDS)
def test_an_exception_in_a_prompt_is_that_requests_error(standing: Served, kind: str):
    params = {"name": "raises_prompt", "arguments": {"kind": kind}}
    assert "reference" in standing.answer(standing.request("prompts/get", params))["error"]["message"]
    standing.alive()


def test_a_tool_that_cancels_its_own_task_ends_nothing(standing: Served):
    assert failed(standing.call("cancels_itself"))
    standing.alive()


@pytest.mark.parametrize("kind", [kind for kind in ANSWERS if kind not in FINE])
def test_a_result_that_cannot_be_sent_is_that_calls_error(standing: Served, kind: str):
    assert failed(standing.call("answers", kind=kind))
    standing.alive()


@pytest.mark.parametrize("kind", ["big", "big data"])
def test_a_result_of_a_hundred_megabytes_is_that_calls_error(standing: Served, kind: str):
    assert failed(standing.call("answers", kind=kind))
    standing.alive()


@pytest.mark.parametrize("kind", [kind for kind in ANSWERS if kind not in FINE | {"nan structured"}])
def test_a_layers_answer_that_cannot_be_sent_is_that_calls_error(standing: Served, kind: str):
    assert failed(standing.call("echo", text=f"layer answers {kind}"))
    standing.alive()


@pytest.mark.parametrize(
    "kind", [kind for kind in ANSWERS if kind not in FINE | {"bytes"} and "structured" not in kind]
)
def test_a_resource_that_cannot_be_sent_is_that_requests_error(standing: Served, kind: str):
    answer = standing.answer(standing.request("resources/read", {"uri": f"hostile://answers/{kind}"}))
    assert "error" in answer or kind.endswith("meta")
    standing.alive()


@pytest.mark.parametrize("meta", ["cyclic meta", "object meta", "surrogate meta", "no meta"])
def test_an_error_whose_meta_cannot_be_sent_is_an_error_still(standing: Served, meta: str):
    assert failed(standing.call("fails_in_words", text="sorry", meta=meta))
    standing.alive()


def test_an_error_of_ours_is_told_in_its_own_words(standing: Served):
    assert standing.call("raises", kind="ToolError")["result"]["content"][0]["text"] == "said so"


def test_an_error_whose_text_cannot_be_sent_is_an_error_still(standing: Served):
    assert failed(standing.call("raises", kind="surrogate"))
    standing.alive()


@pytest.mark.parametrize("kind", ["surrogate"])
def test_progress_that_cannot_be_sent_is_no_message_at_all(standing: Served, kind: str):
    before = len(standing.messages)
    params = {"name": "counts_wrongly", "arguments": {"kind": kind}, "_meta": {"progressToken": kind}}
    standing.answer(standing.request("tools/call", params))
    standing.alive()
    assert all(message.get("id") is not None for message in standing.messages[before:])


def test_a_result_that_breaks_the_output_schema_is_that_calls_error(standing: Served):
    assert standing.call("anything", a=1)["result"]["structuredContent"] == {"a": 1}
    assert failed(standing.call("anything", b=1))
    standing.alive()


def test_what_was_raised_reaches_the_log_and_not_the_client(standing: Served):
    answer = standing.call("raw_error", text="the inner matter")
    text = answer["result"]["content"][0]["text"]
    assert "inner matter" not in json.dumps(answer)
    assert text.split("reference ")[1].rstrip(")") in standing.stderr()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("kind", ["SystemExit", "KeyboardInterrupt"])
@pytest.mark.parametrize("hook", ["tools", "background", "exit"])
def test_a_hook_that_raises_leaves_the_server_standing(tmp_path: Path, backend: str, hook: str, kind: str):
    broken = f'[plugins.hostile]\n[plugins.broken]\nhook = "{hook}"\nkind = "{kind}"\n'
    with served(tmp_path / "served", broken, "--backend", backend) as server:
        server.handshake().alive()
        server.close_input()
        assert server.ended() == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("hook", ["tools", "middleware", "resources", "prompts", "lifespan", "enter", "exit"])
async def test_a_hook_that_raises_leaves_the_other_plugins_standing(hook: str, late: bool, kind: str):
    broken = Broken(hook, kind, late)
    async with Host({"broken": broken, "hostile": Hostile()}) as host, Client(mcp_server(host)) as client:
        result = await client.call_tool("echo", {"text": "fine"})
        assert result.content[0].text == "fine"
        assert (await client.list_tools()).tools
        assert ("broken" in host.registry.broken) == (hook != "exit")


@pytest.mark.parametrize("kind", ["GeneratorExit", "CancelledError", "RecursionError", "ExceptionGroup", "ValueError"])
async def test_a_task_of_a_lifespan_that_fails_ends_neither_the_host_nor_a_call(kind: str):
    plugins = {"broken": Broken("background", kind), "hostile": Hostile()}
    async with Host(plugins) as host, Client(mcp_server(host)) as client:
        assert not (await client.call_tool("echo", {"text": "fine"})).is_error


class Unlisted:
    """A tool that has no wire form."""

    def __init__(self, nature: dict[str, Any]) -> None:
        self.nature = nature

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.odd, **self.nature)]

    async def odd(self) -> str:
        return ""


@pytest.mark.parametrize(
    "nature", [{"meta": {"x": object()}}, {"title": 5}, {"description": "\ud800"}, {"read_only": "x"}]
)
@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_a_tool_that_cannot_be_listed_takes_no_other_off_the_list(nature: dict[str, Any], mode: str):
    async with Host([Unlisted(nature), Hostile()]) as host, Client(mcp_server(host), mode=mode) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert "echo" in names
        assert "odd" not in names
