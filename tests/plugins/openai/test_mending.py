"""A request that the server refuses is sent again without what it does not know, and nothing else is."""

from __future__ import annotations

import pytest

from toolpost import InvalidArguments, ToolError
from toolpost.testing.openai import ToolUse, Turn, call_tool, fail, say, turn, without_tools
from toolpost_openai.turns import Invocation

NONE = "Function tools are not supported with reasoning_effort here; use /v1/responses or set reasoning_effort to none."


def sent(server, *names):
    return [{name for name in names if name in request.body} for request in server.requests]


async def test_a_model_that_calls_no_tools_is_asked_without_them(server, converse):
    server.answer = without_tools("gemma:2b")
    said, _ = await converse(model="gemma:2b", choice="none", parallel=False)
    assert said.text == "Hello, world."
    assert said.notes == ("gemma:2b cannot call tools here, so it was given none",)
    assert sent(server, "tools", "tool_choice", "parallel_tool_calls") == [
        {"tools", "tool_choice", "parallel_tool_calls"},
        set(),
    ]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "No endpoints found that support tool use."),
        (400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
        (500, "tools param requires --jinja flag"),
        (422, "Tool calling is not supported by this model"),
        (400, "this model doesn't support function calling"),
    ],
)
async def test_other_ways_of_saying_so_are_understood(server, converse, status, message):
    server.replies.append(fail(status, message))
    assert (await converse())[0].notes
    assert "tools" not in server.requests[-1].body


@pytest.mark.parametrize(
    "message", ["invalid schema for function 'roll'", "tools[0].name is too long", "no such model"]
)
async def test_functions_that_are_wrong_are_an_error(server, converse, message):
    server.replies.append(fail(400, message, param="tools[0]"))
    with pytest.raises(InvalidArguments):
        await converse()
    assert len(server.requests) == 1


@pytest.mark.parametrize("to", ["openai", "compatible"])
@pytest.mark.parametrize(
    "refusal",
    [
        fail(
            400,
            "Unsupported parameter: 'top_p' is not supported with this model.",
            code="unsupported_parameter",
            param="top_p",
        ),
        fail(400, "Unsupported value", code="unsupported_value", param="top_p"),
        fail(400, "Unknown parameter: 'top_p'.", code="unknown_parameter", param="top_p"),
        fail(400, "Unrecognized request argument supplied: top_p"),
        fail(422, "body.top_p: Extra inputs are not permitted (extra_forbidden)"),
    ],
)
async def test_a_parameter_that_is_not_known_is_left_out_with_a_note(server, converse, to, refusal):
    server.replies.append(refusal)
    said, _ = await converse(to=to, settings={"top_p": 0.5, "max_completion_tokens": 5})
    assert sent(server, "top_p") == [{"top_p"}, set()]
    assert said.notes == ("top_p was left out: gpt-6-luna does not take it",)


async def test_of_two_that_go_together_the_other_stays(server, converse):
    server.replies.append(fail(400, "Unsupported", code="unsupported_parameter", param="text.verbosity"))
    said, _ = await converse(to="openai", settings={"verbosity": "low", "response_format": {"type": "json_object"}})
    assert server.requests[-1].body["text"] == {"format": {"type": "json_object"}}
    assert said.notes == ("text.verbosity was left out: gpt-6-luna does not take it",)


@pytest.mark.parametrize(
    "refusal",
    [
        fail(400, "top_p must be at most 1", code="invalid_value", param="top_p"),
        fail(400, "Unsupported value: 'store'", code="unsupported_value", param="store"),
        fail(400, "Unsupported content", code="unsupported_value", param="messages[0].content"),
        fail(400, "the text is about unknown things"),
        fail(403, "top_p is not supported for you", code="unsupported_parameter", param="top_p"),
    ],
)
async def test_any_other_refusal_is_an_error(server, converse, refusal):
    server.replies.append(refusal)
    with pytest.raises(ToolError):
        await converse(to="openai", settings={"top_p": 5})
    assert len(server.requests) == 1


async def test_a_gateway_to_openais_models_gets_functions_without_reasoning(server, converse):
    server.replies.append(fail(400, NONE, code="unsupported_value", param="reasoning_effort"))
    said, _ = await converse(settings={"reasoning_effort": "low"})
    assert [request.body["reasoning_effort"] for request in server.requests] == ["low", "none"]
    assert "set to none" in said.notes[0]


async def test_what_is_refused_again_and_again_is_an_error(server, converse):
    server.replies.extend([fail(400, NONE, code="unsupported_value", param="reasoning_effort")] * 9)
    with pytest.raises(InvalidArguments):
        await converse(settings={"reasoning_effort": "low"})
    assert len(server.requests) < 5


async def test_models_that_cannot_seal_their_reasoning_are_not_asked_to(server, converse):
    server.replies.append(fail(400, "Encrypted content is not supported with this model.", param="include"))
    said, _ = await converse(to="openai")
    assert sent(server, "include") == [{"include"}, set()]
    assert said.notes == ()


async def test_reasoning_that_the_provider_can_no_longer_read_is_left_out(server, converse):
    server.replies += [turn(Turn((), [ToolUse("roll", "{}", "c1")], "tool_calls", thoughts=("Hm.",)))]
    said, _ = await converse(to="openai")
    server.replies += [fail(400, "The encrypted content could not be verified.", code="invalid_encrypted_content")]
    call = {"id": "c1", "type": "function", "function": {"name": "roll", "arguments": "{}"}}
    spoken = {"role": "assistant", "content": None, "tool_calls": [call], "kept": said.kept}
    answered = {"role": "tool", "tool_call_id": "c1", "content": "six"}
    await converse(to="openai", messages=[spoken, answered])
    kinds = [[item["type"] for item in request.body["input"]] for request in server.requests[1:]]
    assert kinds == [["reasoning", "function_call", "function_call_output"], ["function_call", "function_call_output"]]


class Own:
    """A plugin that serves a model of its own, at the server's address."""

    def __init__(self, base_url, *, tools):
        self.name, self.abilities = "local", type("Abilities", (), {"tools": tools, "images": False})
        self.base_url, self.api_key, self.model = base_url, "own", "smol"

    async def connect(self, report):
        return self


@pytest.fixture
def own(server):
    """Has a turn with a model of our own, which calls tools or does not."""
    from toolpost_openai import OpenAI
    from toolpost_openai.turns import Function
    from toolpost_openai.turns import Turn as Asked

    async def own(*, tools, messages=({"role": "user", "content": "Roll."},), choice="auto"):
        async def hear(piece):
            pass

        plugin = OpenAI(local=Own(server.base_url, tools=tools))
        async with plugin.lifespan():
            connection = await plugin.connect()
            asked = Asked(messages=messages, functions=[Function(name="roll")], choice=choice)
            return await connection.converse(asked, hear)

    return own


async def test_a_model_of_our_own_that_calls_no_tools_gets_none_and_says_so(server, own):
    said = await own(tools=False)
    assert "tools" not in server.requests[-1].body
    assert said.notes == ("smol cannot call tools here, so it was given none",)


async def test_a_call_that_is_required_of_a_model_without_tools_is_refused(server, own):
    with pytest.raises(InvalidArguments, match="tool_choice: smol has no tools") as raised:
        await own(tools=False, choice="required")
    assert raised.value.meta == {"toolpost/unsupported": {"param": "tool_choice"}}
    assert server.requests == []


async def test_a_model_of_our_own_that_calls_tools_gets_them(server, own):
    server.replies.append(call_tool("roll"))
    assert (await own(tools=True)).invocations == (Invocation("call_roll", "roll", "{}"),)


async def test_a_model_that_knows_no_tools_is_told_what_they_answered(server, own):
    call = {"id": "c1", "type": "function", "function": {"name": "roll", "arguments": "{}"}}
    server.replies.append(say("Well."))
    await own(
        tools=False,
        messages=[
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "six"},
        ],
    )
    assert server.requests[-1].body["messages"] == [{"role": "user", "content": "A tool answered:\nsix"}]


async def test_a_model_that_calls_no_tools_is_not_given_any_again_for_a_while(server):
    from toolpost_openai import OpenAI
    from toolpost_openai.listing import REMEMBER
    from toolpost_openai.turns import Function
    from toolpost_openai.turns import Turn as Asked

    async def hear(piece):
        pass

    server.answer, now = without_tools("gemma:2b"), 100.0
    asked = Asked(messages=[{"role": "user", "content": "Roll."}], model="gemma:2b", functions=[Function(name="roll")])
    plugin = OpenAI(base_url=server.base_url)
    async with plugin.lifespan():
        (await plugin.connect()).listing.clock = lambda: now
        said = [await (await plugin.connect()).converse(asked, hear) for _ in range(3)]
        assert len(server.requests) == 4
        assert {one.notes for one in said} == {("gemma:2b cannot call tools here, so it was given none",)}
        now += REMEMBER
        await (await plugin.connect()).converse(asked, hear)
        assert len(server.requests) == 6
