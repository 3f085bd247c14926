"""What a plugin serves over HTTP beside `/mcp`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

# Who may use a route: whoever may call tools, who may run this toolpost, or anyone at all.
Scope = Literal["call", "admin", "public"]


@dataclass(frozen=True)
class Route:
    """A path and the function that answers it, behind the same authentication as every other.

    The function is an endpoint of FastAPI's kind: its annotated parameters
    come from the path, the query and the body, and are described in the
    OpenAPI document; so is what it is annotated to return. Parameters
    annotated `Context` or `Host` are filled by toolpost. A plain function
    runs in a thread. `summary` and the docstring say what it is for.

    `timeout` is in seconds, for the function itself: a response that it
    streams may take longer. None is for functions that bound themselves.
    With `slashes`, what stands in the place of a path parameter (`{name:path}`)
    may hold slashes that are written `%2F`, which are refused elsewhere: never
    for what becomes a path of files.
    `told` is passed on to FastAPI (`response_class`, `responses`,
    `status_code`, `tags` …).
    """

    path: str
    endpoint: Callable[..., Any]
    methods: Sequence[str] = ("GET",)
    scope: Scope = "call"
    summary: str = ""
    timeout: float | None = 60.0
    told: Mapping[str, Any] = field(default_factory=dict)
    slashes: bool = False
