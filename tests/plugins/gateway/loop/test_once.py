"""Requests with a key: whoever sends one again has what came of it, and nothing happens twice."""

from __future__ import annotations

from dataclasses import asdict

import anyio
import pytest
from mcp_types import ImageContent

from toolpost import Context, InvalidArguments, Tool, ToolError, ToolResult, Unavailable, hookimpl
from toolpost.testing import open_services
from toolpost.testing.openai import fail, say
from toolpost_gateway.loop import Loop, Terms
from toolpost_gateway.talk import Began, Ended, Request
from toolpost_openai.turns import Function


class Office:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.begun, self.may_end = anyio.Event(), anyio.Event()

    @hookimpl
    def tools(self):
        return [Tool(self.wipe, destructive=True, open_world=False), Tool(self.wait, destructive=False)]

    async def wipe(self, what: str = "") -> str:
        """Wipe."""
        self.done.append(what)
        return f"wiped {len(self.done)}"

    async def wait(self) -> str:
        """Wait."""
        self.done.append("wait")
        self.begun.set()
        await self.may_end.wait()
        return "waited"


def questions(provider) -> int:
    return len([one for one in provider.requests if one.method == "POST"])


async def test_the_same_again_calls_no_tool_and_asks_nobody(talks, provider, wants):
    office = Office()
    async with talks(office, approval="never", layers=["injection"]) as talk:
        provider.replies += [wants(("wipe", {"what": "a"})), say("Wiped", " it."), say("never")]
        first = await talk.ask("Wipe it.", key="k")
        events, said, asked = talk.events, talk.said, questions(provider)
        again = await talk.ask("Wipe it.", key="k")
        assert (office.done, questions(provider)) == (["a"], asked)
        assert asdict(again) == asdict(first)
        assert talk.heard == "Wiped it."
        assert talk.of(Began) == [event for event in events if isinstance(event, Began)]
        assert [one.text for one in talk.of(Ended)] == [one.text for one in events if isinstance(one, Ended)]
        assert talk.said == said


@pytest.mark.parametrize("more", [{"chosen": ()}, {"model": "other"}, {"settings": {"seed": 1}}, {"choice": "none"}])
async def test_another_request_with_the_same_key_is_refused(talks, provider, more):
    async with talks(Office()) as talk:
        provider.replies += [say("One."), say("never")]
        await talk.ask("Go.", key="k")
        with pytest.raises(InvalidArguments, match="another request") as refused:
            await talk.ask("Go.", key="k", **more)
        assert refused.value.meta["toolpost/repeated"] == "other"
        with pytest.raises(InvalidArguments):
            await talk.ask("Stop.", key="k")
    assert questions(provider) == 1


async def test_a_key_is_its_callers_own(talks, provider):
    async with talks(Office()) as talk:
        provider.replies += [say("For Ann."), say("For Eve.")]
        await talk.ask("Go.", Context(principal="ann"), key="k")
        assert (await talk.ask("Go.", Context(principal="eve"), key="k")).text == "For Eve."


async def test_two_at_once_are_one(talks, provider, wants):
    office, found = Office(), []
    async with talks(office) as talk:
        provider.replies += [wants("wait"), say("Done.")]

        async def ask() -> None:
            found.append((await talk.ask("Wait.", key="k")).text)

        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ask)
                await office.begun.wait()
                tasks.start_soon(ask)
                await anyio.wait_all_tasks_blocked()
                office.may_end.set()
    assert found == ["Done.", "Done."]
    assert office.done == ["wait"]


async def test_what_failed_before_any_call_is_begun_anew(talks, provider):
    async with talks(Office()) as talk:
        provider.replies += [fail(400, "no"), say("Now.")]
        with pytest.raises(ToolError):
            await talk.ask("Go.", key="k")
        assert (await talk.ask("Go.", key="k")).text == "Now."


async def test_what_was_stopped_after_a_call_is_not_begun_anew(talks, provider, wants):
    office = Office()
    async with talks(office) as talk:
        provider.replies += [wants("wait"), say("never")]
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: talk.ask("Wait.", key="k"))
                await office.begun.wait()
                tasks.cancel_scope.cancel()
            with pytest.raises(ToolError, match="may have been carried out") as refused:
                await talk.ask("Wait.", key="k")
    assert refused.value.meta["toolpost/repeated"] == "uncertain"
    assert office.done == ["wait"]


async def test_another_process_knows_of_it_while_it_runs_and_after(talks, provider, wants):
    office = Office()
    async with open_services() as services, talks(office) as talk:
        mine, other = (Loop(talk.host, talk.openai, Terms(), services.store) for _ in range(2))
        provider.replies += [wants("wait"), say("Done.")]
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                talk.loop = mine
                tasks.start_soon(lambda: talk.ask("Wait.", key="k"))
                await office.begun.wait()
                talk.loop = other
                # Nobody can tell it from one whose process died.
                with pytest.raises(ToolError, match="may have been"):
                    await talk.ask("Wait.", key="k")
                office.may_end.set()
        assert (await talk.ask("Wait.", key="k")).text == "Done."
    assert office.done == ["wait"]


async def test_one_that_asks_the_model_in_another_process_is_waited_for(talks, provider):
    async with open_services() as services, talks(Office()) as talk:
        mine, other = (Loop(talk.host, talk.openai, Terms(), services.store) for _ in range(2))
        provider.replies += [say("Done.")]
        refused = []

        async def meddle(event) -> None:
            if not refused:
                talk.loop = other
                with pytest.raises(Unavailable, match="under way") as error:
                    await talk.ask("Go.", key="k")
                refused.append(error.value.retry_after)

        await mine.run(Request(messages=[{"role": "user", "content": "Go."}], key="k"), Context(), meddle)
    assert refused == [1.0]


async def test_what_waits_for_the_caller_is_the_same_again(talks, provider, wants):
    async def later(tool, arguments, why) -> None:
        return None

    own = Function(name="own", parameters={"type": "object", "properties": {}})
    async with talks(Office()) as talk:
        provider.replies += [wants("own", text="Well."), wants("wipe")]
        for key, more in (("theirs", {"functions": [own]}), ("ours", {"approver": later})):
            first = await talk.ask("Go.", key=key, **more)
            events = talk.events
            assert asdict(await talk.ask("Go.", key=key, **more)) == asdict(first)
            assert talk.events == events
            assert first.wanted or first.approvals


async def test_an_answer_that_is_too_large_to_keep_is_not_made_again(talks, provider, wants):
    class Wide(Office):
        async def wipe(self, what: str = "") -> ToolResult:
            """Wipe."""
            self.done.append(what)
            return ToolResult((ImageContent(type="image", data="a" * 4_500_000, mime_type="image/png"),))

    office = Wide()
    async with talks(office, approval="never") as talk:
        provider.replies += [wants("wipe"), say("Wiped.")]
        assert (await talk.ask("Go.", key="k")).text == "Wiped."
        with pytest.raises(ToolError, match="may have been carried out"):
            await talk.ask("Go.", key="k")
    assert office.done == [""]
