"""A plugin that only `toolpost doctor --policies` adds: it answers with canaries, and writes down what reached it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolpost.doctor.canaries import HIDDEN, mark, personal
from toolpost.errors import ToolError
from toolpost.hookspecs import hookimpl
from toolpost.primitives import Prompt, Resource
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool

NAME = "toolpost-canary"
PREFIX = "doctor_canary_"
STRICT = {"type": "object", "properties": {"count": {"type": "integer", "minimum": 1}}, "required": ["count"]}


@dataclass
class Probe:
    """Has one tool for each way that a text may take through a host; `journal` is a file."""

    journal: str

    @hookimpl
    def tools(self) -> list[Tool]:
        functions = (self.say, self.fail, self.crash, self.hide, self.denied, self.limited, self.moderated)
        tools = [Tool(function, name=PREFIX + function.__name__, read_only=True) for function in functions]
        return [*tools, Tool(self.strict, name=f"{PREFIX}strict", input_schema=STRICT)]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [
            Resource("toolpost-canary://all", self.resource, f"{PREFIX}resource"),
            Resource("toolpost-canary://one/{text}", self.template, f"{PREFIX}template"),
        ]

    @hookimpl
    def prompts(self) -> list[Prompt]:
        return [Prompt(self.prompt, f"{PREFIX}prompt")]

    async def say(self, text: str, context: Context) -> ToolResult:
        """Answer with canaries in text, in structured content and in a message about progress."""
        self._write("say", text)
        await context.progress(1, 2, f"{personal('progress')} {HIDDEN}")
        return ToolResult.of(personal("text"), structured={"said": personal("data")})

    async def fail(self) -> str:
        """Fail with a canary."""
        self._write("fail")
        raise ToolError(f"{personal('error')} {HIDDEN}")

    async def crash(self) -> str:
        """Crash with a canary."""
        self._write("crash")
        raise ValueError(personal("crash"))

    async def hide(self) -> ToolResult:
        """Answer with hidden characters."""
        self._write("hide")
        return ToolResult.of(f"{mark('text')} {HIDDEN}", structured={"said": f"{mark('data')} {HIDDEN}"})

    async def denied(self) -> str:
        """Be denied by a rule."""
        self._write("denied")
        return mark("text")

    async def limited(self) -> str:
        """Be called once at most."""
        self._write("limited")
        return mark("text")

    async def moderated(self, text: str) -> str:
        """Be judged."""
        self._write("moderated", text)
        return mark("text")

    async def strict(self, arguments: dict[str, Any]) -> str:
        """Take nothing but a count that is one at least."""
        self._write("strict", arguments)
        return mark("text")

    async def resource(self) -> str:
        """Read canaries."""
        self._write("resource")
        return f"{personal('resource')} {HIDDEN}"

    async def template(self, text: str) -> str:
        """Read what depends on an address."""
        self._write("template", text)
        return mark("template")

    async def prompt(self, text: str) -> str:
        """Begin with canaries."""
        self._write("prompt", text)
        return f"{personal('prompt')} {HIDDEN}"

    def _write(self, what: str, given: Any = None) -> None:
        with Path(self.journal).open("a", encoding="utf-8") as journal:
            journal.write(json.dumps([what, given]) + "\n")
