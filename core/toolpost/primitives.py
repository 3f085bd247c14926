"""Resources and prompts: the other things a client may ask for, answered through the same door as tools."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolpost.errors import PluginError
from toolpost.tools.suggestions import ASKED, Completer, Suggestions
from toolpost.tools.tool import PRIMITIVE as PRIMITIVE
from toolpost.tools.tool import Tool


@dataclass(frozen=True, eq=False)
class Resource:
    """Something to read under a URI; `{name}` in the URI makes it a template.

    The function takes the template's names as its parameters, and returns
    text, bytes, an `Embedded` or data. `meta` goes to the client under
    `_meta`, in lists and with what is read. `complete` suggests values for
    the template's names, as it does for a `Prompt`.
    """

    uri: str
    function: Callable[..., Any]
    name: str = ""
    title: str | None = None
    mime_type: str | None = None
    meta: Mapping[str, Any] | None = None
    complete: Mapping[str, Completer] = field(default_factory=dict)
    tool: Tool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        name = self.name or getattr(self.function, "__name__", "resource")
        tool = Tool(self.function, name=name, title=self.title, read_only=True, meta={PRIMITIVE: "resource"})
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "tool", tool)
        names, taken = set(re.findall(r"{(\w+)}", self.uri)), set(self.tool.input_schema["properties"])
        if names != taken:
            raise PluginError(f"resource {self.uri!r} names {sorted(names)}, its function takes {sorted(taken)}")
        _ = self.completion  # a completer of no argument is found now

    @property
    def is_template(self) -> bool:
        """Whether the URI has names to fill."""
        return "{" in self.uri

    def match(self, uri: str) -> Mapping[str, str] | None:
        """The values of the template's names in this URI; None where it is another resource's."""
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/?#]+)", re.escape(self.uri))
        found = re.fullmatch(pattern, uri)
        return found.groupdict() if found else None

    @property
    def completion(self) -> Tool | None:
        """What suggests values, called through the same layers; None where nothing does."""
        return _completion(self, f"resource {self.uri!r}")


@dataclass(frozen=True, eq=False)
class Prompt:
    """The start of a conversation: a function of texts that returns a text or content blocks.

    `complete` suggests values for arguments while a person types: all that
    there are, or a function of what was typed, which may also take the
    arguments that are filled in already.

    ```python
    Prompt(self.review, complete={"language": ["python", "rust"], "file": self.files})
    ```
    """

    function: Callable[..., Any]
    name: str = ""
    title: str | None = None
    complete: Mapping[str, Completer] = field(default_factory=dict)
    tool: Tool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        name = self.name or getattr(self.function, "__name__", "prompt")
        tool = Tool(self.function, name=name, title=self.title, read_only=True, meta={PRIMITIVE: "prompt"})
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "tool", tool)
        _ = self.completion

    @property
    def completion(self) -> Tool | None:
        """What suggests values, called through the same layers; None where nothing does."""
        return _completion(self, f"prompt {self.name!r}")


def _completion(item: Resource | Prompt, owner: str) -> Tool | None:
    """The tool behind the completers of a resource or prompt, made once for each form in which it is shown."""
    if not item.complete:
        return None
    made: Tool
    made_for, made = item.__dict__.get("_completion", (None, item.tool))
    if made_for is not item.tool:
        suggest = Suggestions(item.complete, item.tool.input_schema["properties"], owner)
        # Of the same name and kind, so that what layers say of the item holds for its completion.
        tool = Tool(suggest, name=item.name, input_schema=ASKED, read_only=True, meta=item.tool.meta)
        made = tool.of(item.tool.plugin, item.tool.version, item.tool.policy)
        item.__dict__["_completion"] = (item.tool, made)
    return made
