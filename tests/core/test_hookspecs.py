"""Every hook is documented by an example that works."""

from __future__ import annotations

import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from toolpost import CallNext, Context, Host, Refused, Tool, ToolCall, ToolResult, hookimpl, hookspecs

HOOKS = [name for name, member in vars(hookspecs).items() if hasattr(member, "toolpost_spec")]


def example(hook: str) -> Any:
    """A plugin of the class in a hook's docstring."""
    found = re.search(r"```python\n(.*?)```", inspect.getdoc(getattr(hookspecs, hook)) or "", re.DOTALL)
    assert found, f"hook {hook} has no example"
    names: dict[str, Any] = {}
    exec(compile(textwrap.dedent(found[1]), f"<{hook}>", "exec"), names)
    return next(cls for cls in names.values() if isinstance(cls, type) and hasattr(cls, hook))()


class Echo:
    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.echo)]

    async def echo(self) -> str:
        return "echo"


def test_these_are_the_hooks():
    assert set(HOOKS) == {"tools", "middleware", "resources", "prompts", "routes", "gauges", "lifespan", "commands"}


@pytest.mark.parametrize("hook", HOOKS)
def test_an_example_is_a_plugin_that_stands(hook: str):
    host = Host({"example": example(hook)})
    assert host.registry.broken == {}


async def test_the_tool_rolls():
    async with Host([example("tools")]) as host:
        assert len((await host.call("roll", {"count": 3})).structured["result"]) == 3


async def test_the_layer_closes():
    plugin = example("middleware")
    plugin.closes = 0
    async with Host([plugin, Echo()]) as host:
        with pytest.raises(Refused, match="tools rest after 0:00"):
            await host.call("echo")


async def test_the_resource_is_read():
    async with Host([example("resources")]) as host:
        assert (await host.read("motd://today"))[1].text == "Measure twice, cut once."


async def test_the_prompt_is_filled():
    async with Host([example("prompts")]) as host:
        assert "Python" in (await host.prompt("review", {"language": "Python"})).text


async def test_what_the_lifespan_opens_is_open():
    plugin = example("lifespan")
    async with Host([plugin]):
        assert not plugin.journal.closed
    assert plugin.journal.closed
    assert Path("journal.txt").exists()


def test_the_command_greets():
    @click.group()
    def cli() -> None: ...

    Host([example("commands")]).registry.commands(cli)
    assert CliRunner().invoke(cli, ["hello"]).output == "hello\n"


async def test_a_layer_of_ones_own_sees_every_call():
    class Count:
        calls = 0

        @hookimpl
        def middleware(self) -> Any:
            return self.count

        async def count(self, call: ToolCall, call_next: CallNext) -> ToolResult:
            self.calls += 1
            return await call_next(call)

    count = Count()
    async with Host([count, Echo()]) as host:
        await host.call("echo")
    assert count.calls == 1


async def test_the_route_greets():
    (routes,) = Host({"hello": example("routes")}).registry.routes().values()
    assert routes[0].path == "/hello"
    assert await routes[0].endpoint(Context(principal="ann"), loud=True) == {"hello": "ANN"}


def test_the_gauge_counts():
    (gauge,) = Host({"desk": example("gauges")}).registry.gauges()
    assert (gauge.name, gauge.read()) == ("desk_waiting", 0)
