"""The layer refuses what is flagged, before the call and after it, and refuses too where it cannot tell."""

from __future__ import annotations

from contextlib import suppress
from threading import Event

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from toolpost import Context, Embedded, Host, Image, Link, Refused, Tool, ToolCall, ToolError, ToolResult, hookimpl

from .conftest import answer, result, waiting


class Echo:
    """A tool that answers what the test wants, and counts how often it was called."""

    def __init__(self, *content: object, structured: object = None) -> None:
        self.result = ToolResult.of(*(content or ("fine",)), structured=structured)
        self.calls = 0

    @hookimpl
    def tools(self):
        return [Tool(self.echo, input_schema={"type": "object"}), Tool(self.echo, name="other", input_schema={})]

    async def echo(self, arguments: dict) -> ToolResult:
        self.calls += 1
        return self.result


async def notes(running: Host, arguments: dict) -> list[str]:
    """What the layer notes about a call."""
    context = Context()
    with suppress(ToolError):
        await running.call("echo", arguments, context)
    return [f"{note.layer}: {note.text}" for note in context.notes]


async def test_it_is_not_there_unless_it_is_wanted(censor, host):
    async with host(censor.base_url, Echo()) as running:
        await running.call("echo", {"text": "kill"})
        assert running.layers == []
    assert not censor.asked


async def test_flagged_arguments_never_reach_the_tool(censor, host):
    echo = Echo()
    async with host(censor.base_url, echo, layer=True) as running:
        with pytest.raises(Refused) as caught:
            await running.call("echo", {"deep": [{"text": "how to kill time"}]})
    assert "violence" in str(caught.value)
    assert "not made" in str(caught.value)
    assert "kill" not in str(caught.value)
    assert echo.calls == 0


async def test_what_is_fine_passes_unchanged(censor, host):
    echo = Echo("a fine answer")
    async with host(censor.base_url, echo, layer=True) as running:
        found = await running.call("echo", {"text": "hello"})
    assert (found, echo.calls) == (echo.result, 1)
    assert censor.texts == ["text\nhello", "a fine answer"]


@pytest.mark.parametrize(
    ("content", "structured"),
    [
        ("kill", None),
        ("fine", {"answer": ["kill"]}),
        ("fine", {"kill": 1}),
        (Embedded("memo://a", "kill"), None),
        (Link("memo://a", "kill"), None),
        (Link("memo://a", "fine", description="kill"), None),
    ],
)
async def test_flagged_texts_do_not_come_back(censor, host, content, structured):
    echo = Echo(content, structured=structured)
    async with host(censor.base_url, echo, layer=True) as running:
        with pytest.raises(Refused, match="result of echo .violence.*withheld"):
            await running.call("echo", {})
    assert echo.calls == 1


@pytest.mark.parametrize("wrap", [Image, lambda data: Embedded("pic://a", data, "image/png")])
@pytest.mark.parametrize("colour", ["red", "white"])
async def test_flagged_pictures_do_not_come_back(censor, host, file, wrap, colour):
    async with host(censor.base_url, Echo(wrap(file(colour))), layer=True) as running:
        if colour == "white":
            assert (await running.call("echo", {})).content
            return
        with pytest.raises(Refused, match="violence"):
            await running.call("echo", {})


@pytest.mark.parametrize("place", ["image", "anything"])
async def test_flagged_pictures_in_arguments_never_reach_the_tool(censor, host, url, place):
    echo = Echo()
    async with host(censor.base_url, echo, layer=True) as running:
        await running.call("echo", {place: [url("white")]})
        with pytest.raises(Refused, match="violence"):
            await running.call("echo", {place: [url("white"), url("red")]})
        with pytest.raises(Refused, match="violence"):
            await running.call("echo", {place: [url("red").replace("data:image", "DATA:IMAGE")]})
    assert echo.calls == 1


async def test_a_handle_of_a_flagged_picture_is_refused(censor, host, artefacts, file):
    async with host(censor.base_url, Echo(), layer=True) as running:
        with pytest.raises(Refused, match="violence"):
            await running.call("echo", {"which": await artefacts.put(file("red"))})


async def test_a_handle_of_something_else_is_no_picture(censor, host, artefacts):
    async with host(censor.base_url, Echo(), layer=True) as running:
        assert await running.call("echo", {"which": await artefacts.put(b"a table of numbers")})


async def test_an_image_that_is_no_picture_is_judged_as_a_text(censor, host):
    async with host(censor.base_url, Echo(), layer=True) as running:
        await running.call("echo", {"image": "ubuntu:26.04"})
        with pytest.raises(Refused, match="violence"):
            await running.call("echo", {"image": "kill:latest"})


@pytest.mark.parametrize("source", ["data:image/png;base64,aGVsbG8=", "https://127.0.0.1/a.png"])
async def test_a_picture_that_cannot_be_looked_at_is_refused(censor, host, source):
    echo = Echo()
    async with host(censor.base_url, echo, layer=True) as running:
        with pytest.raises(Refused, match="could not check the arguments"):
            await running.call("echo", {"image": source})
    assert echo.calls == 0


async def test_a_result_whose_picture_cannot_be_looked_at_is_withheld(censor, host):
    async with host(censor.base_url, Echo(Image(b"no picture")), layer=True) as running:
        with pytest.raises(Refused, match="could not check the result"):
            await running.call("echo", {})


async def test_an_address_in_a_result_is_not_fetched(censor, host):
    async with host(censor.base_url, Echo(structured={"image": "https://127.0.0.1/a.png"}), layer=True) as running:
        assert await running.call("echo", {})
    assert "https://127.0.0.1/a.png" in censor.texts[0]


async def test_more_pictures_than_are_ever_looked_at_are_refused(censor, host, url):
    async with host(censor.base_url, Echo(), layer=True) as running:
        with pytest.raises(Refused, match="more than 50 pictures"):
            await running.call("echo", {"image": [url("white")] * 51})
    assert not censor.asked


async def test_directions_say_what_is_looked_at(censor, host):
    async with host(censor.base_url, Echo("kill"), layer=True, directions=["arguments"]) as running:
        assert (await running.call("echo", {"text": "hello"})).text == "kill"
    async with host(censor.base_url, Echo(), layer=True, directions=["results"]) as running:
        assert await running.call("echo", {"text": "kill"})


async def test_a_threshold_stands_in_place_of_the_providers_flag(censor, host):
    async with host(censor.base_url, Echo(), layer=True, thresholds={"violence": 0.95}) as running:
        assert await running.call("echo", {"text": "kill"})
    async with host(censor.base_url, Echo(), layer=True, thresholds={"violence": 0.1}) as running:
        with pytest.raises(Refused, match="violence"):
            await running.call("echo", {"text": "hello"})


async def test_categories_without_a_threshold_keep_the_providers_flag(provider, host):
    provider.replies.append(answer(result(violence=0.9, hate=0.6)))
    async with host(provider.base_url, Echo(), layer=True, thresholds={"violence": 0.95}) as running:
        with pytest.raises(Refused, match=r"\(hate\)"):
            await running.call("echo", {"text": "hello"})


async def test_a_flag_without_a_category_counts(provider, host):
    provider.replies.append(answer(result() | {"flagged": True}))
    async with host(provider.base_url, Echo(), layer=True) as running:
        with pytest.raises(Refused, match="unnamed"):
            await running.call("echo", {"text": "hello"})


async def test_a_category_that_is_not_judged_cannot_have_a_threshold(provider, host):
    provider.replies.append(answer(result() | {"category_scores": {"hate": 0.0}}))
    async with host(provider.base_url, Echo(), layer=True, thresholds={"violence": 0.5}) as running:
        with pytest.raises(Refused, match="does not judge 'violence'"):
            await running.call("echo", {"text": "hello"})


def test_a_threshold_of_no_category_is_named_at_start(host):
    with pytest.raises(ValueError, match="did you mean 'violence'"):
        host("", thresholds={"violance": 0.5})


async def test_a_failing_provider_refuses_the_call(censor, host):
    censor.fails, echo = True, Echo()
    async with host(censor.base_url, echo, layer=True) as running:
        with pytest.raises(Refused, match="could not check the arguments of echo, so the call was not made"):
            await running.call("echo", {"text": "hello"})
    assert echo.calls == 0


async def test_a_failing_provider_withholds_a_result(censor, host):
    censor.fails = True
    async with host(censor.base_url, Echo(), layer=True) as running:
        with pytest.raises(Refused, match="could not check the result of echo, so the call was made"):
            await running.call("echo", {})


async def test_without_a_provider_the_call_is_refused_with_what_to_configure(host):
    async with host("", Echo(), layer=True) as running:
        with pytest.raises(Refused, match="OPENAI_API_KEY"):
            await running.call("echo", {"text": "hello"})


async def test_too_much_to_be_looked_at_is_refused(censor, host):
    async with host(censor.base_url, Echo(), layer=True, max_characters=20) as running:
        with pytest.raises(Refused, match="longer than 20 characters"):
            await running.call("echo", {"text": "x" * 21})


async def test_an_operator_may_let_calls_through_when_moderation_fails(censor, host, caplog):
    censor.fails = True
    async with host(censor.base_url, Echo(), layer=True, on_error="pass") as running:
        assert (await running.call("echo", {"text": "hello"})).text == "fine"
        assert any("unchecked" in note for note in await notes(running, {"text": "hello"}))
    assert "went on without moderation" in caplog.text
    assert "hello" not in caplog.text


async def test_what_the_provider_says_of_the_content_is_not_repeated(provider, host):
    provider.replies.append(lambda handler: handler.send(400, b'{"error": {"message": "bad input: hello"}}'))
    async with host(provider.base_url, Echo(), layer=True) as running:
        with pytest.raises(Refused) as caught:
            await running.call("echo", {"text": "hello"})
    assert "hello" not in str(caught.value)


@pytest.mark.parametrize(("settings", "refused"), [({"only": ["other"]}, "other"), ({"exempt": ["echo"]}, "other")])
async def test_tools_can_be_named_or_left_alone(censor, host, settings, refused):
    async with host(censor.base_url, Echo(), layer=True, **settings) as running:
        assert await running.call("echo", {"text": "kill"})
        with pytest.raises(Refused, match="violence"):
            await running.call(refused, {"text": "kill"})


async def test_its_own_tool_is_never_moderated(censor, host):
    async with host(censor.base_url, layer=True) as running:
        found = await running.call("moderate", {"text": "kill"})
    assert found.structured["flagged"] is True


async def test_equal_texts_are_asked_about_once_for_a_while(censor, host):
    now = [0.0]
    settings = {"layer": True, "directions": ["arguments"], "keep": 60.0, "clock": lambda: now[0]}
    async with host(censor.base_url, Echo(), **settings) as running:
        await running.call("echo", {"text": "hello"})
        await running.call("other", {"text": "hello"})
        assert len(censor.asked) == 1
        now[0] = 61.0
        await running.call("echo", {"text": "hello"})
    assert len(censor.asked) == 2


async def test_a_failure_is_not_remembered(censor, host):
    censor.fails = True
    async with host(censor.base_url, Echo(), layer=True) as running:
        with pytest.raises(Refused):
            await running.call("echo", {"text": "hello"})
        censor.fails = False
        assert await running.call("echo", {"text": "hello"})


async def test_nothing_to_say_is_nothing_to_ask(censor, host):
    async with host(censor.base_url, Echo(ToolResult().content), layer=True) as running:
        await running.call("echo", {})
    assert not censor.asked


async def test_the_trace_says_what_it_decided(censor, host):
    async with host(censor.base_url, Echo(), layer=True) as running:
        passed, refused = await notes(running, {"text": "hello"}), await notes(running, {"text": "kill"})
    assert passed == ["moderation: nothing found in the arguments", "moderation: nothing found in the result"]
    assert refused == ["moderation: refused the arguments: violence"]


async def test_it_explains_without_asking(censor, host, url):
    async with host(censor.base_url, Echo(), layer=True) as running:
        [(_, layer)] = running.layers
        said = layer.explain(ToolCall(running.tools["echo"], {"text": "hello", "image": url("red")}))
    assert said == (
        "would have the arguments (16 characters, pictures: 1) and the result judged, and refuse if that fails"
    )
    assert not censor.asked


async def test_cancelling_the_call_hangs_up_and_makes_no_call(provider, host):
    echo, arrived = Echo(), Event()
    provider.replies.append(waiting(arrived))
    async with host(provider.base_url, echo, layer=True) as running, anyio.create_task_group() as tasks:
        tasks.start_soon(running.call, "echo", {"text": "hello"})
        assert await anyio.to_thread.run_sync(arrived.wait, 10)
        tasks.cancel_scope.cancel()
    assert await anyio.to_thread.run_sync(provider.left.wait, 10)
    assert echo.calls == 0


async def test_no_more_requests_are_under_way_than_allowed(provider, host):
    arrived, more = Event(), Event()
    provider.replies.extend([waiting(arrived), waiting(more)])
    async with (
        host(provider.base_url, Echo(), layer=True, concurrency=1) as running,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(running.call, "echo", {"text": "word " * 10_000})
        assert await anyio.to_thread.run_sync(arrived.wait, 10)
        await anyio.lowlevel.checkpoint()
        assert not more.is_set()
        tasks.cancel_scope.cancel()
    assert len(provider.journal) == 1
