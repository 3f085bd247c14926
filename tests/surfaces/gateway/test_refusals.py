"""What is wrong is said as OpenAI says it, so that the SDK raises what its users catch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openai
import pytest
from answering import Gate, answering

from toolpost.testing.openai import fail

USER: Any = [{"role": "user", "content": "Hello"}]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"messages": "Hello"}, "messages"),
    ({"messages": []}, "messages"),
    ({"messages": [{"content": "Hello"}]}, "messages[0].role"),
    ({"messages": [{"role": "robot", "content": "Hello"}]}, "messages[0].role"),
    ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
    ({"messages": [{"role": "user"}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages[0].content[0].type"),
    (
        {
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}
            ]
        },
        "messages[0].content[0].image_url.url",
    ),
    ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
    ({"messages": [{"role": "assistant"}]}, "messages[0].content"),
    ({"temperature": "hot"}, "temperature"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"max_completion_tokens": 1.5}, "max_completion_tokens"),
    ({"stream": "yes"}, "stream"),
    ({"stop": [1]}, "stop"),
    ({"n": 2}, "n"),
    ({"logprobs": True}, "logprobs"),
    ({"top_logprobs": 2}, "top_logprobs"),
    ({"moderation": {"model": "omni-moderation-latest"}}, "moderation"),
    ({"top_k": "many"}, "top_k"),
    ({"top_k": 10**12}, "top_k"),
    ({"min_p": True}, "min_p"),
    ({"mirostat_tau": -1e300}, "mirostat_tau"),
    ({"chat_template_kwargs": {"x": "y" * 5000}}, "chat_template_kwargs"),
    ({"chat_template_kwargs": "x"}, "chat_template_kwargs"),
    ({"modalities": ["text", "audio"]}, "modalities"),
    ({"model": 5}, "model"),
    ({"model": "x" * 300}, "model"),
    ({"tools": {}}, "tools"),
    ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
    ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
    ({"tools": [{"type": "mcp", "server_label": "x", "server_url": "https://a.example"}]}, "tools[0].server_url"),
    ({"tools": [{"type": "mcp"}]}, "tools[0].server_label"),
    ({"tool_choice": {"type": "function", "function": {"name": "gone"}}}, "tool_choice.function.name"),
    ({"tool_choice": "perhaps"}, "tool_choice"),
    ({"response_format": {"type": "xml"}}, "response_format.type"),
    ({"toolpost": {"activity": "yes"}}, "toolpost.activity"),
]


@pytest.mark.parametrize(("given", "param"), WRONG, ids=[str(place) for place in range(len(WRONG))])
def test_a_wrong_field_is_named(gate: Gate, given: dict[str, Any], param: str):
    reply = gate.chat(**given)
    error = reply.json["error"]
    assert reply.status == 400, error
    assert error["param"] == param
    assert error["message"].startswith(param)
    assert error["type"] == "invalid_request_error"
    assert error["code"]
    assert error["request_id"] == reply.headers["x-request-id"]
    assert not gate.asked


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"include": ["reasoning.encrypted_content", "message.output_text.logprobs"]}, "include"),
        ({"moderation": {"model": "omni-moderation-latest"}}, "moderation"),
        ({"prompt": {"id": "x"}}, "prompt"),
    ],
)
def test_what_is_not_done_here_is_refused_in_responses_as_well(gate: Gate, given: dict[str, Any], param: str):
    reply = gate.server.request("POST", "/v1/responses", {"model": "served-model", "input": "Hi", **given})
    error = reply.json["error"]
    assert (reply.status, error["param"], error["code"]) == (400, param, "unsupported_value")
    assert error["message"].startswith(param)
    assert not gate.asked


@pytest.mark.parametrize("given", [{"top_logprobs": 0}, {"include": ["reasoning.encrypted_content"]}])
def test_what_asks_for_nothing_of_that_is_answered(gate: Gate, given: dict[str, Any]):
    assert gate.server.request("POST", "/v1/responses", {"model": "m", "input": "Hi", **given}).status == 200


def test_a_tool_of_openais_is_refused_with_the_way_out(gate: Gate):
    with pytest.raises(openai.BadRequestError, match="server_label"):
        gate.client().responses.create(model="served-model", input="Hi", tools=[{"type": "web_search"}])


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "weather"}}])
@pytest.mark.parametrize("stream", [False, True])
def test_a_call_cannot_be_wanted_of_a_model_that_calls_no_tools(gate: Gate, choice: Any, stream: bool):
    gate.provider.replies += [fail(400, "served-model does not support tools")] * 3
    tools = [{"type": "function", "function": {"name": "weather"}}]
    for again in (False, True):
        # When it is known, it is not tried again.
        reply = gate.chat(model=f"dull-{stream}-{len(str(choice))}", tools=tools, tool_choice=choice, stream=stream)
        error = reply.json["error"]
        assert (reply.status, error["param"], error["code"]) == (400, "tool_choice", "unsupported_value"), again
    assert len(gate.asked) == 1


def test_a_call_cannot_be_wanted_where_there_is_no_tool(gate: Gate):
    reply = gate.chat(toolpost={"tools": False}, tool_choice="required")
    assert (reply.status, reply.json["error"]["param"]) == (400, "tool_choice")


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        (
            "chat/completions",
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}] * 9000}]},
            "messages",
        ),
        (
            "chat/completions",
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}] * 90}] * 99},
            "messages",
        ),
        ("chat/completions", {"messages": [{"role": "assistant", "tool_calls": [{"id": "a"}] * 9000}]}, "messages"),
        ("responses", {"input": [{"role": "user", "content": [{"type": "input_text", "text": "a"}] * 9000}]}, "input"),
        ("responses", {"input": [{"type": "function_call_output", "call_id": "a", "output": [1] * 9000}]}, "input"),
    ],
)
def test_a_conversation_of_too_many_parts_is_refused_before_they_are_read(gate: Gate, path: str, body: Any, param: str):
    reply = gate.server.request("POST", f"/v1/{path}", {"model": "served-model", **body})
    error = reply.json["error"]
    assert (reply.status, error["param"], error["code"]) == (400, param, "array_above_max_length")
    assert not gate.asked


@pytest.mark.parametrize(
    "metadata", [{str(n): "x" for n in range(17)}, {"k" * 65: "x"}, {"k": "x" * 513}, {"k": 5}, ["k"]]
)
def test_metadata_is_bounded_as_openai_bounds_it(gate: Gate, metadata: Any):
    body = {"model": "served-model", "input": "Hi", "metadata": metadata}
    reply = gate.server.request("POST", "/v1/responses", body)
    assert reply.status == 400
    assert reply.json["error"]["param"].startswith("metadata")
    assert not gate.asked


@pytest.mark.parametrize("path", ["chat/completions", "responses"])
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_only_json_is_taken(gate: Gate, path: str, kind: str):
    body = b'{"model": "served-model", "input": "Hi", "messages": [{"role": "user", "content": "Hi"}]}'
    reply = gate.server.request("POST", f"/v1/{path}", body, {"content-type": kind})
    assert reply.status == 415
    assert "application/json" in reply.json["error"]["message"]
    assert not gate.asked


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_by_any_of_its_names_is_taken(gate: Gate, kind: str):
    body = b'{"model": "served-model", "input": "Hi"}'
    assert gate.server.request("POST", "/v1/responses", body, {"content-type": kind}).status == 200


@pytest.mark.parametrize("stream", [False, True])
def test_an_unknown_label_is_refused_by_its_place(gate: Gate, stream: bool):
    tools: Any = [{"type": "mcp", "server_label": "office"}, {"type": "mcp", "server_label": "nowhere"}]
    with pytest.raises(openai.BadRequestError, match="nowhere") as chat:
        gate.client().chat.completions.create(model="served-model", messages=USER, tools=tools, stream=stream)
    with pytest.raises(openai.BadRequestError, match="nowhere") as response:
        gate.client().responses.create(model="served-model", input="Hi", tools=tools, stream=stream)
    assert chat.value.param == response.value.param == "tools[1].server_label"


def test_an_unknown_answer_to_go_on_from_is_named(gate: Gate):
    with pytest.raises(openai.NotFoundError) as caught:
        gate.client().responses.create(model="served-model", input="Hi", previous_response_id=f"resp_{'0' * 44}")
    assert caught.value.param == "previous_response_id"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("refusal", [None, fail(400, "Timeout while downloading.", code="invalid_image_url")])
def test_a_picture_that_cannot_be_had_is_named(gate: Gate, stream: bool, refusal: Any):
    # One that nobody here loads, or one that the provider cannot read.
    url = "data:image/png;base64,AAAA" if refusal else "https://pictures.example/a.png"
    gate.provider.replies += [refusal] if refusal else []
    part: Any = {"type": "image_url", "image_url": {"url": url}}
    reply = gate.chat([part], stream=stream)
    assert (reply.status, reply.json["error"]["param"]) == (400, "image_url"), reply.body
    gate.provider.replies += [refusal] if refusal else []
    item: Any = {"role": "user", "content": [{"type": "input_image", "image_url": url}]}
    body = {"model": "served-model", "input": [item], "stream": stream}
    reply = gate.server.request("POST", "/v1/responses", body)
    assert (reply.status, reply.json["error"]["param"]) == (400, "image_url"), reply.body


def test_an_unknown_route_is_not_found(gate: Gate):
    with pytest.raises(openai.NotFoundError):
        gate.client().embeddings.create(model="served-model", input="Hi")


def test_without_a_token_the_sdk_says_so(tmp_path: Path):
    import hashlib

    digest = hashlib.sha256(b"tp_ann_0123456789abcdef").hexdigest()
    table = f'[http.tokens.ann]\nsha256 = "{digest}"\nprincipal = "ann"\nscopes = ["call"]\n'
    with answering(tmp_path, rest=table) as gate:
        with pytest.raises(openai.AuthenticationError):
            gate.client().models.list()
        with pytest.raises(openai.AuthenticationError):
            gate.client().chat.completions.create(model="served-model", messages=USER)
        client = gate.client(api_key="tp_ann_0123456789abcdef")
        assert client.chat.completions.create(model="served-model", messages=USER).choices[0].message.content


def test_what_is_no_json_is_refused(gate: Gate):
    bombs = [
        b"",
        b"null",
        b"[]",
        b"{",
        b"[" * 100_000,
        b'{"messages":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"temperature": NaN, "messages": []}',
        b'{"temperature": 1e999, "messages": [{"role":"user","content":"x"}]}',
        b'{"max_tokens": ' + b"9" * 5000 + b', "messages": [{"role":"user","content":"x"}]}',
        '{"messages": []}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b'{"messages": [{"role": "user", "content": "\\ud800"}]}',
        b'{"messages": "\xff"}',
    ]
    for path in ("/v1/chat/completions", "/v1/responses"):
        for bomb in bombs:
            reply = gate.server.request("POST", path, bomb, {"content-type": "application/json"})
            assert 400 <= reply.status < 500, (path, bomb[:60], reply.status, reply.body[:200])
            assert json.loads(reply.body)["error"]["message"]


def test_a_huge_body_is_refused_while_it_arrives(gate: Gate):
    before = gate.server.rss()
    reply = gate.server.request("POST", "/v1/chat/completions", b" " * (5 << 20), {"content-type": "application/json"})
    assert reply.status == 413
    assert gate.server.rss() - before < 20 << 20


def test_a_key_stands_for_one_request(gate: Gate):
    client = gate.client()
    key = {"Idempotency-Key": "one and the same"}

    def ask(text: str) -> Any:
        return client.chat.completions.create(
            model="chat.fast", messages=[{"role": "user", "content": text}], extra_headers=key
        )

    first = ask("Hello")
    asked = len(gate.provider.requests)
    assert ask("Hello").choices[0].message.content == first.choices[0].message.content
    assert len(gate.provider.requests) == asked
    with pytest.raises(openai.ConflictError):
        ask("Something else")
