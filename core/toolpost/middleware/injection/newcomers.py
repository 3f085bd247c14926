"""How many tools one source may have pinned by naming them for the first time: what is pinned is kept for good."""

from __future__ import annotations

import logging
from collections import Counter

from toolpost.middleware.injection.definition import Definition
from toolpost.tools.tool import Tool

log = logging.getLogger("toolpost.injection")

# New tools of one plugin, or of one server of others, since the start, and the characters that they say of themselves.
TOOLS, WORDS = 10_000, 16 * 1024 * 1024


class Newcomers:
    """Counts what each source brings; beyond that much it is not taken, and said once."""

    def __init__(self) -> None:
        self._tools: Counter[tuple[str, str]] = Counter()
        self._words: Counter[tuple[str, str]] = Counter()

    def has_room(self, tool: Tool) -> bool:
        """Whether another tool of its source may be pinned."""
        source = tool.plugin, tool.provider or ""
        if self._tools[source] >= TOOLS or self._words[source] >= WORDS:
            if self._tools[source] < 2 * TOOLS:
                self._tools[source] = 2 * TOOLS
                log.warning(
                    "%s names ever more tools: more than %d, or more than %d characters, since the start; new ones "
                    "are withheld until the next start",
                    tool.provider or f"plugin {tool.plugin!r}",
                    TOOLS,
                    WORDS,
                )
            return False
        return True

    def takes(self, tool: Tool, definition: Definition) -> bool:
        """Whether a tool that nobody has seen before may be pinned; if so, it counts."""
        if not self.has_room(tool):
            return False
        source = tool.plugin, tool.provider or ""
        self._tools[source] += 1
        self._words[source] += len(definition.text)
        return True
