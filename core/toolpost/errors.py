"""What can go wrong, by who can do something about it.

ToolpostError
├── ConfigError            to the operator: file, table, key, what is allowed
├── PluginError            to the operator: names the plugin and its distribution
├── UnknownTool            to the client: nothing of that name is here
└── ToolError              to the model, as the answer to its call
    ├── InvalidArguments   the model can mend it
    ├── Refused            a policy said no; never repeated
    ├── Unavailable        nothing happened; the same call may succeed later
    └── Crash              a plugin raised something else; the log has the rest

A tool or layer raises the four under `ToolError`, or lets anything else
crash: the host turns that into a `Crash`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from toolpost.nearest import did_you_mean


class ToolpostError(Exception):
    """Anything that a person or a model can act on."""


class ConfigError(ToolpostError):
    """The configuration is wrong; the command line prints it in one line and exits with 2."""


class PluginError(ToolpostError):
    """A plugin or its distribution is missing or broken."""


class UnknownTool(ToolpostError):
    """No tool, resource or prompt of that name; a protocol error (-32602) over MCP."""

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> Self:
        """The error for a name that none of a kind has, with the nearest that one has."""
        return cls(f"unknown {kind} {name[:64]!r}; {did_you_mean(name[:64], known)}")


class ToolError(ToolpostError):
    """The call failed, and the text says so to the model; `meta` goes with it to the client."""

    meta: Mapping[str, Any] = {}

    def with_text(self, text: str) -> Self:
        """The same error with another text: what a layer raises that rewrites messages."""
        error = type(self).__new__(type(self), text)
        error.__dict__.update(self.__dict__)
        return error


class InvalidArguments(ToolError):
    """The arguments do not fit; the text names each wrong one and what is allowed."""


class Refused(ToolError):
    """A policy said no, and would say no again."""


class Unavailable(ToolError):
    """Nothing was carried out, and the same call may succeed later.

    The only error that is ever retried, so never raise it for a call that may
    have been carried out. `retry_after` is in seconds, where the other side
    named a time.
    """

    def __init__(self, text: str, *, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Crash(ToolError):
    """A plugin raised something that is none of ours; `reference` finds the traceback in the log."""

    def __init__(self, text: str, *, reference: str) -> None:
        super().__init__(text)
        self.reference = reference
