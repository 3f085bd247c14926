"""Requests are read as what they ask, or refused with the name of the field; nothing else ever happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import Tool
from toolpost_gateway.talk import Chosen
from toolpost_gateway.wire.chat.asked import Asked, asked
from toolpost_gateway.wire.choice import choice, nested, plain
from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.fields import Fields
from toolpost_gateway.wire.ours import Ours
from toolpost_gateway.wire.responses import asked as responses
from toolpost_gateway.wire.tools import Reading

USER = [{"role": "user", "content": "Hi"}]
WEATHER = {"type": "function", "function": {"name": "weather"}}


async def look() -> str:
    """Look."""
    return ""


OFFERED = [Tool(look, read_only=True), Tool(look, name="shred", destructive=True)]


def read(**body: Any) -> Asked:
    return asked(Fields({"messages": USER, **body}), Ours(), lambda: OFFERED)


def chosen(tool: dict[str, Any], approval: Any = None) -> Chosen:
    reading = Reading(plain, approval, lambda: OFFERED)
    found = reading.tools(Fields({"tools": [{"type": "mcp", "server_label": "office", **tool}]})).chosen
    assert found is not None
    return found[0]


def test_without_tools_the_caller_has_what_it_has_by_default():
    assert read().request.chosen is None
    assert read(tools=[]).request.chosen is None
    assert read(tools=[WEATHER]).request.chosen is None


def test_what_is_null_is_as_if_it_were_not_there():
    assert read(tools=None, temperature=None, stream=None, stop=None).request.settings == {}


def test_both_names_of_the_longest_answer_are_understood():
    assert read(max_tokens=5).request.settings == {"max_completion_tokens": 5}
    assert read(max_tokens=5, max_completion_tokens=7).request.settings == {"max_completion_tokens": 7}


def test_what_nobody_knows_is_left_out():
    found = read(chat_id="x", messages=[{**USER[0], "kept": [1], "files": []}], metadata={"a": "b"})
    assert found.request.settings == {}
    assert found.request.messages == USER


def test_a_message_of_the_assistant_brings_nothing_that_only_we_may_write():
    said = {"role": "assistant", "content": "Hello", "kept": [{"type": "reasoning"}]}
    assert read(messages=[said]).request.messages == [{"role": "assistant", "content": "Hello"}]


@pytest.mark.parametrize(
    ("allowed", "names"),
    [
        (None, None),
        (["look"], {"look"}),
        ({"tool_names": ["look", "gone"]}, {"look", "gone"}),
        ({"read_only": True}, {"look"}),
        ({"read_only": False}, {"shred"}),
        ({"read_only": True, "tool_names": ["shred"]}, set()),
        ({}, None),
    ],
)
def test_allowed_tools_are_a_list_or_a_filter(allowed: Any, names: Any):
    assert chosen({"allowed_tools": allowed}).allowed == (None if names is None else frozenset(names))


@pytest.mark.parametrize(
    ("approval", "found"),
    [
        ("never", {"*": "never"}),
        ("always", {"*": "always"}),
        ({"never": {"tool_names": ["look"]}}, {"*": "always", "look": "never"}),
        ({"never": {"read_only": True}}, {"*": "always", "look": "never"}),
        (
            {"always": {"tool_names": ["shred"]}, "never": {"tool_names": ["look"]}},
            {"*": "always", "look": "never", "shred": "always"},
        ),
        (None, {"*": "always"}),
    ],
)
def test_approval_is_as_openai_says_it(approval: Any, found: dict[str, str]):
    assert chosen({"require_approval": approval}, {"*": "always"}).approval == found


@pytest.mark.parametrize("given", ["sometimes", 5, []])
def test_another_approval_is_refused(given: Any):
    with pytest.raises(Fault, match="require_approval"):
        chosen({"require_approval": given})


@pytest.mark.parametrize("elsewhere", ["server_url", "connector_id", "tunnel_id"])
def test_other_servers_are_not_reached(elsewhere: str):
    with pytest.raises(Fault, match="upstream servers"):
        chosen({elsewhere: "https://a.example"})


def test_a_choice_may_be_among_some():
    tools = Reading(nested, None, lambda: OFFERED).tools(
        Fields(
            {"tools": [WEATHER, {"type": "mcp", "server_label": "office"}, {"type": "mcp", "server_label": "other"}]}
        )
    )
    among = {"mode": "required", "tools": [{"type": "mcp", "server_label": "office", "name": "look"}]}
    body = Fields({"tool_choice": {"type": "allowed_tools", "allowed_tools": among}})
    way, left = choice(body, tools, nested)
    assert way == "required"
    assert left.functions == ()
    assert left.chosen == (Chosen(label="office", allowed=frozenset({"look"})),)


def test_a_choice_may_be_one_of_ours():
    tools = Reading(plain, None, lambda: OFFERED).tools(Fields({"tools": [{"type": "mcp", "server_label": "office"}]}))
    way, left = choice(Fields({"tool_choice": {"type": "mcp", "server_label": "office", "name": "look"}}), tools, plain)
    assert (way, left.chosen) == ("required", (Chosen(label="office", allowed=frozenset({"look"})),))


def test_items_become_messages_in_which_every_call_has_its_answer():
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Well."}]},
        {"type": "function_call", "call_id": "a", "name": "weather", "arguments": "{}"},
        {"type": "mcp_call", "id": "mcp_b", "name": "my.tool", "arguments": "{}", "server_label": "o", "output": "3"},
        {"type": "function_call_output", "call_id": "a", "output": "rain"},
        {"type": "mcp_call", "id": "mcp_c", "name": "look", "arguments": "{}", "server_label": "o", "error": "gone"},
    ]
    found = responses.asked(Fields({"input": items}), Ours(), (), frozenset(), lambda: OFFERED).request.messages
    assert [one["role"] for one in found] == ["user", "assistant", "tool", "tool", "assistant", "tool"]
    assert [call["id"] for call in found[1]["tool_calls"]] == ["a", "b"]
    assert found[1]["tool_calls"][1]["function"]["name"] == "my_tool"
    assert found[-1] == {"role": "tool", "tool_call_id": "c", "content": "gone"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
# Names of fields, and words that stand in them.
CHAT = (
    *("messages", "model", "tools", "tool_choice", "functions", "function_call", "stream", "stream_options"),
    *("temperature", "stop", "n", "response_format", "toolpost", "max_tokens", "logprobs", "modalities"),
)
RESPONSES = (
    *("input", "tools", "tool_choice", "text", "reasoning", "metadata", "include", "instructions"),
    *("model", "store", "max_output_tokens", "max_tool_calls", "previous_response_id"),
)
WORDS = (
    *("type", "role", "content", "name", "tool_calls", "function", "arguments", "id", "call_id", "output", "text"),
    *("image_url", "url", "server_label", "read_only", "allowed_tools", "require_approval", "tool_names", "never"),
    *("always", "input_text", "mcp", "message", "function_call", "mcp_call", "user", "format", "json_schema"),
)
SHAPED = st.recursive(
    JSON | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=20,
)


def status(read: Callable[[], object]) -> int:
    try:
        read()
    except Fault as fault:
        return fault.status
    return 200


@given(st.dictionaries(st.sampled_from(CHAT), SHAPED, max_size=6))
def test_no_completion_request_is_a_crash(body: dict[str, Any]):
    assert status(lambda: asked(Fields(body), Ours(), lambda: OFFERED)) in (200, 400)


@given(st.dictionaries(st.sampled_from(RESPONSES), SHAPED, max_size=6))
def test_no_response_request_is_a_crash(body: dict[str, Any]):
    assert status(lambda: responses.asked(Fields(body), Ours(), (), frozenset(), lambda: OFFERED)) in (200, 400)
