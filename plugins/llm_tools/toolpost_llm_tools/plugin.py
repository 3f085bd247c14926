"""The plugin: which of llm's tools are served, and with which arguments their toolboxes are made."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import Field

from toolpost import Tool, hookimpl

# What toolpost itself is given; whatever runs in its process can read it.
OURS = re.compile(r"OPENAI_API_KEY|TOOLPOST_.*(KEY|TOKEN|SECRET|PASSWORD).*")


@dataclass
class LLMTools:
    """Serves the functions and toolboxes that installed plugins of `llm` register.

    A toolbox that needs arguments is served once `toolboxes` has them, one
    object for each caller.
    """

    distributions: list[str] = field(default_factory=list)
    only: list[str] = field(default_factory=list)
    toolboxes: dict[str, dict[str, Any]] = field(default_factory=dict)
    read_only: list[str] = field(default_factory=list)
    timeout: Annotated[float, Field(gt=0)] = 60.0
    callers: Annotated[int, Field(ge=1)] = 100
    shares_environment: bool = False

    def __post_init__(self) -> None:
        seen = sorted(name for name in os.environ if OURS.fullmatch(name))
        if seen and not self.shares_environment:
            raise ValueError(
                f'the tools of llm could read {seen[0]} in this process; set isolation = "process", '
                "or shares_environment = true if they may"
            )

    @hookimpl
    def tools(self) -> list[Tool]:
        return list(self._tools())

    def _tools(self) -> Iterator[Tool]:
        # llm imports all its plugins, and with them OpenAI's library.
        from toolpost_llm_tools.found import functions, toolboxes

        for function in functions(self.distributions):
            if self._wanted(function.name):
                yield function.tool(self.timeout, self._is_read_only(function.name))
        for method in toolboxes(self.distributions, self.toolboxes, self.callers):
            if self._wanted(method.name):
                yield method.tool(self.timeout, self._is_read_only(method.name))

    def _wanted(self, name: str) -> bool:
        return not self.only or any(fnmatchcase(name, pattern) for pattern in self.only)

    def _is_read_only(self, name: str) -> bool | None:
        return True if any(fnmatchcase(name, pattern) for pattern in self.read_only) else None
