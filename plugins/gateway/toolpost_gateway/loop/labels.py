"""Whose a tool is, and by which names a request may call it."""

from __future__ import annotations

from collections.abc import Mapping

from toolpost import Tool

# The label that stands for all tools of this host, and where a tool says what it is on which server behind it.
ALL = "toolpost"
SOURCE = "toolpost/upstream"


def label_of(tool: Tool) -> str:
    """Whose a tool is: the upstream server's, or the plugin's."""
    return source(tool, "server") or tool.plugin


def is_labelled(tool: Tool, label: str) -> bool:
    """Whether a tool is behind a label: of all tools, of its server, or of its plugin."""
    return label in (ALL, label_of(tool), tool.plugin)


def names_of(tool: Tool) -> tuple[str, ...]:
    """What a request may call a tool: as it is called here, or on its own server."""
    return (tool.name, name) if (name := source(tool, "tool")) else (tool.name,)


def source(tool: Tool, what: str) -> str:
    """What a tool says of where it comes from: its `server`, or the name that `tool` has there."""
    said = (tool.meta or {}).get(SOURCE)
    found = said.get(what) if isinstance(said, Mapping) else None
    return found if isinstance(found, str) else ""
