"""Tools, resources and prompts as models and clients see them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from toolpost.checks.finding import Finding, error, note
from toolpost.checks.schemas import of_schema
from toolpost.plugins.names import RESERVED, skeleton
from toolpost.primitives import Prompt, Resource
from toolpost.tools.tool import Tool

# What OpenAI and Anthropic take; MCP's own rule, which is wider, holds wherever a tool is built.
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_TOOLS, LONGEST_WORDS, FEWEST_WORDS, LONGEST_PARAMETER = 128, 1024, 3, 512


def of_tools(tools: Iterable[Tool], uses_network: str = "") -> Iterator[Finding]:
    """What is wrong with tools; `uses_network` names a module for it that the plugin imports."""
    tools = list(tools)
    yield from _together(tools)
    for tool in tools:
        about = f"tool {tool.name!r}"
        yield from _name(about, tool.name)
        yield from _words(about, tool.words)
        yield from _parameters(about, tool.input_schema)
        yield from of_schema(about, tool.input_schema)
        if tool.output_schema is not None:
            yield from of_schema(f"{about}, its output", tool.output_schema, is_input=False)
        yield from _nature(about, tool, uses_network)


def of_items(items: Iterable[Resource | Prompt]) -> Iterator[Finding]:
    """What is wrong with resources and prompts."""
    seen: set[str] = set()
    for item in items:
        key = item.uri if isinstance(item, Resource) else item.name
        about = f"{'resource' if isinstance(item, Resource) else 'prompt'} {key!r}"
        if key in seen:
            yield error("resource", about, "it is there twice", "give the second another name")
        seen.add(key)
        if not item.tool.words.strip():
            yield error("resource", about, "it has no description", "write a docstring")
        if isinstance(item, Resource) and "://" not in item.uri:
            yield error("resource", about, "its URI has no scheme", 'write it as "plugin://path"')
        if isinstance(item, Resource) and item.mime_type is None:
            yield note("resource", about, "its media type is unknown", 'say mime_type="text/plain", or what it is')
        if isinstance(item, Prompt):
            yield from _parameters(about, item.tool.input_schema, rule="resource")


def _together(tools: list[Tool]) -> Iterator[Finding]:
    if len(tools) > MOST_TOOLS:
        way_out = "offer fewer, with more parameters, or make two plugins of it"
        yield error("tool-count", "the plugin", f"it has {len(tools)} tools", way_out)
    first: dict[str, str] = {}
    for tool in tools:
        if other := first.get(skeleton(tool.name)):
            what = "it is there twice" if other == tool.name else f"its name looks like {other!r}"
            yield error("tool-twice", f"tool {tool.name!r}", what, "give it another name")
        first.setdefault(skeleton(tool.name), tool.name)


def _name(about: str, name: str) -> Iterator[Finding]:
    if not NAME.fullmatch(name):
        yield error("tool-name", about, "its name is not taken everywhere", "use letters, digits, '_' and '-' alone")
    if name.lower().startswith(RESERVED):
        yield error(
            "tool-name", about, f"names that begin with {RESERVED!r} are toolpost's own", "begin with another word"
        )


def _words(about: str, words: str) -> Iterator[Finding]:
    if not words.strip():
        yield error("tool-words", about, "it has no description", "write a docstring, to the model")
    elif len(words) > LONGEST_WORDS:
        yield error(
            "tool-words", about, f"its description has {len(words)} characters", "say less, or in its parameters"
        )
    elif len(words.split()) < FEWEST_WORDS and len(words) < 16:
        yield note("tool-words", about, f"its description is only {words!r}", "say what it does, and when to use it")


def _parameters(about: str, schema: Mapping[str, Any], rule: str = "parameter-words") -> Iterator[Finding]:
    for name, field in schema.get("properties", {}).items():
        words = field.get("description", "") if isinstance(field, Mapping) else ""
        if not str(words).strip():
            way_out = "add it to `Args:` of the docstring, or as Field(description=…)"
            yield error(rule, f"{about}, parameter {name!r}", "it has no description", way_out)
        elif len(words) > LONGEST_PARAMETER:
            yield note(
                rule,
                f"{about}, parameter {name!r}",
                f"its description has {len(words)} characters",
                "say more in fewer words",
            )


def _nature(about: str, tool: Tool, uses_network: str) -> Iterator[Finding]:
    if tool.read_only and tool.destructive:
        yield error("annotations", about, "it is read_only and destructive", "say one of the two")
    if tool.cacheable and (tool.destructive or tool.read_only is False):
        what = "it is cacheable and changes something: a repeated call would do nothing"
        yield error("annotations", about, what, "leave cacheable to tools that only read")
    if tool.read_only is None and tool.destructive is None:
        yield note("annotations", about, "nothing says whether it changes anything", "say read_only or destructive")
    if tool.open_world is None and (uses_network or tool.provider):
        why = f"the plugin imports {uses_network}" if uses_network else f"it asks {tool.provider}"
        yield note("open-world", about, f"open_world is unset, and {why}", "say open_world=True, or False")
