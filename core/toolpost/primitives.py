"""Resources and prompts: the other things a client may ask for, answered through the same door as tools."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolpost.errors import PluginError
from toolpost.tools.tool import Tool

# In the `meta` of a call's tool, where what is called is no tool: layers that rewrite results for models read it.
PRIMITIVE = "toolpost/primitive"


@dataclass(frozen=True, eq=False)
class Resource:
    """Something to read under a URI; `{name}` in the URI makes it a template.

    The function takes the template's names as its parameters, and returns
    text, bytes (as `Embedded`) or data. `meta` goes to the client under
    `_meta`, in lists and with what is read.
    """

    uri: str
    function: Callable[..., Any]
    name: str = ""
    title: str | None = None
    mime_type: str | None = None
    meta: Mapping[str, Any] | None = None
    tool: Tool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        name = self.name or getattr(self.function, "__name__", "resource")
        tool = Tool(self.function, name=name, title=self.title, read_only=True, meta={PRIMITIVE: "resource"})
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "tool", tool)
        names, taken = set(re.findall(r"{(\w+)}", self.uri)), set(self.tool.input_schema["properties"])
        if names != taken:
            raise PluginError(f"resource {self.uri!r} names {sorted(names)}, its function takes {sorted(taken)}")

    @property
    def is_template(self) -> bool:
        """Whether the URI has names to fill."""
        return "{" in self.uri

    def match(self, uri: str) -> Mapping[str, str] | None:
        """The values of the template's names in this URI; None where it is another resource's."""
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/?#]+)", re.escape(self.uri))
        found = re.fullmatch(pattern, uri)
        return found.groupdict() if found else None


@dataclass(frozen=True, eq=False)
class Prompt:
    """The start of a conversation: a function of texts that returns a text or content blocks."""

    function: Callable[..., Any]
    name: str = ""
    title: str | None = None
    tool: Tool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        name = self.name or getattr(self.function, "__name__", "prompt")
        tool = Tool(self.function, name=name, title=self.title, read_only=True, meta={PRIMITIVE: "prompt"})
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "tool", tool)
