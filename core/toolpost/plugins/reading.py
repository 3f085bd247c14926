"""Reads what a plugin has and what its hooks answer; what is not as it should be is found here, in the right plugin."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any

import pluggy

from toolpost import hookspecs
from toolpost.errors import PluginError
from toolpost.nearest import did_you_mean
from toolpost.plugins.civil import refuse_uncivil
from toolpost.primitives import Prompt, Resource
from toolpost.tools.tool import Tool

MARK = f"{hookspecs.GROUP}_impl"
HOOKS = [name for name, member in vars(hookspecs).items() if hasattr(member, f"{hookspecs.GROUP}_spec")]

PLAIN = "hooks are plain functions, and what they return may be async"


def items(kind: type[Any]) -> Callable[[Iterable[object]], list[Any]]:
    """Reads the answer to a hook that gives several things of a kind."""

    def read(answer: Iterable[object]) -> list[object]:
        found = list(answer)
        for item in found:
            if not isinstance(item, kind):
                raise PluginError(f"a hook gave {item!r}, which is no {kind.__name__}")
            _settle(item)
        return found

    return read


def layer(answer: object) -> object:
    """Reads the answer to the hook `middleware`."""
    if not callable(answer):
        raise PluginError(f"hook 'middleware' gave {answer!r}, which cannot be called")
    refuse_uncivil("its layer", answer)
    return answer


def wrong_hook(error: pluggy.PluginValidationError) -> PluginError:
    """What pluggy finds wrong with a hook, in our words."""
    text = " ".join(str(error).split())
    if unknown := re.match(r"unknown hook '(\w+)'", text):
        return PluginError(f"there is no hook {unknown[1]!r}; {did_you_mean(unknown[1], HOOKS)}")
    return PluginError(text)


def refuse_async(hook: str, answer: object) -> None:
    """Raise `PluginError` for the answer of a hook that is itself `async`: nothing of it has run."""
    if inspect.iscoroutine(answer):
        # Or Python would complain that nobody awaited it.
        answer.close()
        raise PluginError(f"hook {hook!r} is async def; {PLAIN}")
    if inspect.isasyncgen(answer):
        way_out = "mark it with @asynccontextmanager, below @hookimpl" if hook == "lifespan" else PLAIN
        raise PluginError(f"hook {hook!r} is an async generator; {way_out}")


def unmarked(plugin: object) -> list[str]:
    """The hooks whose names methods of a plugin have that are not marked as such."""
    found = ((hook, inspect.getattr_static(type(plugin), hook, None)) for hook in HOOKS)
    methods = ((hook, getattr(member, "__func__", member)) for hook, member in found)
    return [hook for hook, member in methods if inspect.isfunction(member) and not hasattr(member, MARK)]


def forgotten(hook: str) -> str:
    """What is said of a method with a hook's name."""
    return f"its method {hook!r} is not asked, since it lacks @hookimpl; mark it, or give it another name"


class Hooks:
    """Some hooks, by name; equal to no others, even where there are none."""

    def __init__(self, **hooks: object) -> None:
        self.__dict__.update(hooks)


def hooks_of(plugin: object) -> Hooks:
    """A plugin's hooks alone, so that pluggy neither runs its properties nor asks whether it equals another."""
    static = ((name, inspect.getattr_static(plugin, name)) for name in dir(plugin))
    marked = [name for name, member in static if hasattr(getattr(member, "__func__", member), MARK)]
    return Hooks(**{name: getattr(plugin, name) for name in marked})


def _settle(item: object) -> None:
    """Make the schemas now, so that a wrong annotation is found at start and in the right plugin."""
    for member in ("name", "title", "description", "tool"):
        getattr(item, member, None)
    tool = item.tool if isinstance(item, Resource | Prompt) else item
    if isinstance(tool, Tool):
        _ = tool.input_schema, tool.output_schema
