from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click
import pytest

from toolpost import Host, Prompt, Resource, Tool, hookimpl
from toolpost.plugins.registry import Registry

KINDS: list[type[BaseException]] = [
    RuntimeError,
    SystemExit,
    KeyboardInterrupt,
    GeneratorExit,
    StopIteration,
    BaseException,
]
HOOKS = ["tools", "middleware", "resources", "prompts"]


def named(found):
    return [(item.name, item) for _, item in found]


def item_names(found):
    return [item.name for _, item in found]


@dataclass(eq=False)
class Plugin:
    """Offers one tool, and a layer."""

    name: str
    tag: str = ""

    @hookimpl
    def tools(self) -> Iterator[Tool]:
        yield Tool(self.answer, name=self.name)

    @hookimpl
    def middleware(self) -> Any:
        return lambda call, call_next: call_next(call)

    async def answer(self) -> str:
        return self.tag or self.name


def raising(hook: str, error: BaseException) -> object:
    def fail(self: object) -> object:
        raise error

    return type("Raising", (Plugin,), {hook: hookimpl(fail)})("bad")


def names(layers: list[tuple[str, Any]]) -> list[str]:
    return [name for name, _ in layers]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hook", HOOKS)
def test_a_plugin_that_raises_in_a_hook_is_left_out_as_a_whole(hook: str, kind: type[BaseException]):
    registry = Registry({"a": Plugin("one"), "bad": raising(hook, kind("because")), "b": Plugin("two")})
    assert item_names(registry.tools()) == ["one", "two"]
    assert names(registry.layers()) == ["b", "a"]
    assert registry.broken.keys() == {"bad"}
    assert kind.__name__ in registry.broken["bad"] or kind is StopIteration


def test_what_is_left_out_is_said_in_one_line(caplog: pytest.LogCaptureFixture):
    Registry({"bad": raising("tools", RuntimeError("first\nsecond"))})
    assert caplog.messages == ["plugin 'bad' is left out: RuntimeError: first second"]
    assert caplog.records[0].levelno == logging.ERROR
    assert not caplog.records[0].exc_info


@pytest.mark.parametrize(
    ("hook", "answer"),
    [
        ("tools", 3),
        ("tools", [3]),
        ("tools", [None]),
        ("tools", "text"),
        ("tools", Tool(print, name="x", input_schema={})),
        ("resources", [Tool(print, name="x", input_schema={})]),
        ("prompts", [Resource]),
        ("middleware", 3),
        ("middleware", []),
    ],
)
def test_a_hook_that_gives_something_else_leaves_its_plugin_out(hook: str, answer: object):
    plugin = type("Wrong", (), {hook: hookimpl(lambda self: answer)})()
    registry = Registry({"wrong": plugin, "a": Plugin("one")})
    assert registry.broken.keys() == {"wrong"}
    assert item_names(registry.tools()) == ["one"]


def test_a_hook_that_gives_nothing_is_fine():
    plugin = type("Nothing", (), {hook: hookimpl(lambda self: None) for hook in HOOKS})()
    assert Registry({"nothing": plugin}).broken == {}


def test_a_hook_that_does_not_exist_is_named_with_the_nearest():
    plugin = type("Wrong", (), {"tool": hookimpl(lambda self: [])})()
    registry = Registry({"wrong": plugin, "a": Plugin("one")})
    assert registry.broken == {"wrong": "PluginError: there is no hook 'tool'; did you mean 'tools'?"}
    assert item_names(registry.tools()) == ["one"]


def test_a_hook_with_other_parameters_leaves_its_plugin_out():
    plugin = type("Wrong", (), {"tools": hookimpl(lambda self, host: [])})()
    registry = Registry({"wrong": plugin, "a": Plugin("one")})
    assert "'host'" in registry.broken["wrong"]
    assert item_names(registry.tools()) == ["one"]


def test_a_tool_without_annotations_leaves_its_plugin_out():
    class Wrong:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.say)]

        async def say(self, text) -> str:  # type: ignore[no-untyped-def]
            return str(text)

    assert "parameter 'text' needs a type annotation" in Registry({"wrong": Wrong()}).broken["wrong"]


async def test_a_name_that_two_want_has_neither_and_both_are_named(caplog: pytest.LogCaptureFixture):
    async with Host({"z": Plugin("same", "z"), "a": Plugin("same", "a")}) as host:
        assert (await host.call("z_same")).text == "z"
        assert (await host.call("a_same")).text == "a"
    assert host.registry.owners == {"a_same": "a", "z_same": "z"}
    assert host.registry.clashes == [
        "tool 'same' of plugin 'a' is called 'a_same': plugin 'z' has that name too",
        "tool 'same' of plugin 'z' is called 'z_same': plugin 'a' has that name too",
    ]
    assert caplog.messages == host.registry.clashes


def test_a_plugin_with_the_same_name_twice_keeps_the_first():
    class Twice(Plugin):
        @hookimpl
        def tools(self) -> Iterator[Tool]:
            yield Tool(self.answer, name="same", title="first")
            yield Tool(self.answer, name="same", title="second")

    registry = Registry({"twice": Twice("x")})
    assert dict(named(registry.tools()))["same"].title == "first"
    assert registry.clashes == ["tool 'same' of plugin 'twice' is there twice"]


def test_a_hidden_tool_is_not_there():
    assert item_names(Registry({"a": Plugin("one"), "b": Plugin("two")}).tools(hidden={"one"})) == ["two"]


def test_the_configuration_orders_layers_whatever_a_plugin_asks_of_pluggy():
    class Eager(Plugin):
        @hookimpl(tryfirst=True)
        def middleware(self) -> Any:
            return super().middleware()

    class Late(Plugin):
        @hookimpl(trylast=True)
        def middleware(self) -> Any:
            return super().middleware()

    layers = Registry({"late": Late("l"), "a": Plugin("a"), "eager": Eager("e"), "b": Plugin("b")}).layers()
    assert names(layers) == ["b", "eager", "a", "late"]


def test_a_property_is_not_run():
    class Costly(Plugin):
        @property
        def connection(self) -> object:
            raise SystemExit("this costs")

    assert Registry({"costly": Costly("one")}).broken == {}


def test_two_plugins_that_are_equal_are_two():
    @dataclass
    class Equal:
        name: str = "x"

        @hookimpl
        def middleware(self) -> Any:
            return lambda call, call_next: call_next(call)

    assert names(Registry({"a": Equal(), "b": Equal()}).layers()) == ["b", "a"]


def test_commands_of_a_broken_plugin_do_not_hide_those_of_others():
    class Fine:
        @hookimpl
        def commands(self, cli: click.Group) -> None:
            cli.command("fine")(lambda: None)

    class Wrong:
        @hookimpl
        def commands(self, cli: click.Group) -> None:
            raise SystemExit(3)

    group = click.Group()
    registry = Registry({"wrong": Wrong(), "fine": Fine()})
    registry.commands(group)
    assert list(group.commands) == ["fine"]
    assert registry.broken.keys() == {"wrong"}


def test_prompts_and_resources_of_a_plugin_are_there():
    class Library:
        @hookimpl
        def prompts(self) -> list[Prompt]:
            return [Prompt(self.review)]

        @hookimpl
        def resources(self) -> list[Resource]:
            return [Resource("lib://index", self.index)]

        async def review(self, book: str) -> str:
            return book

        async def index(self) -> str:
            return ""

    registry = Registry([Library()])
    assert item_names(registry.prompts()) == ["review"]
    assert [resource.uri for _, resource in registry.resources()] == ["lib://index"]


def test_a_prompt_that_two_want_is_called_by_their_names():
    class Writer:
        def __init__(self, title: str) -> None:
            self.title = title

        @hookimpl
        def prompts(self) -> list[Prompt]:
            return [Prompt(self.draft, title=self.title)]

        async def draft(self) -> str:
            return "Write."

    registry = Registry({"first": Writer("1"), "second": Writer("2")})
    assert {name: prompt.title for name, prompt in named(registry.prompts())} == {
        "first_draft": "1",
        "second_draft": "2",
    }
    assert len(registry.clashes) == 2


def test_a_plugin_without_a_hook_is_idle():
    class Idle:
        def tools(self) -> list[Tool]:
            return []

    assert Registry({"idle": Idle(), "busy": Plugin("one")}).idle() == ["idle"]


def test_two_plugins_without_hooks_are_two():
    class Idle:
        pass

    host = Host({"one": Idle(), "other": Idle()})
    assert host.registry.broken == {}
    assert host.registry.idle() == ["one", "other"]


def test_a_hook_that_is_async_is_told_what_hooks_are():
    class Bad:
        @hookimpl
        async def tools(self): ...

    class Worse:
        @hookimpl
        async def lifespan(self):
            yield

    registry = Registry({"bad": Bad(), "worse": Worse()})
    registry.lifespans()
    assert "hook 'tools' is async def; hooks are plain functions" in registry.broken["bad"]
    assert "@asynccontextmanager" in registry.broken["worse"]


def test_a_hook_that_lacks_its_mark_is_warned_of(caplog):
    class Half:
        @hookimpl
        def tools(self):
            return []

        def gauges(self):
            return []

    assert not Registry({"half": Half()}).broken
    assert "plugin 'half': its method 'gauges' is not asked, since it lacks @hookimpl" in caplog.text
