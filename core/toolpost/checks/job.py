"""What a child process is to check, and how it tells what it found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from toolpost.checks.finding import Finding


@dataclass(frozen=True)
class Job:
    """A plugin by its entry point; `calls` names tools that may be called although they are not read-only."""

    name: str
    value: str
    folder: str
    backend: str = "asyncio"
    settings: Mapping[str, Any] = field(default_factory=dict)
    calls: Sequence[str] = ()
    handbook: str = ""
    distribution: str = ""

    @property
    def result(self) -> Path:
        """Where the findings go, a line each."""
        return Path(self.folder) / f"{self.backend}.jsonl"

    def write(self, path: Path) -> None:
        """Hand it over."""
        path.write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def read(cls, path: Path) -> Job:
        """Take it."""
        return cls(**json.loads(path.read_text("utf-8")))

    def tell(self, what: Finding | str) -> None:
        """Say at once what was found, or what is begun: the plugin may end the process."""
        line = {"doing": what} if isinstance(what, str) else asdict(what)
        with self.result.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def told(self) -> tuple[list[Finding], str]:
        """What was found, and what was begun last; nothing, once all is done."""
        doing, found = "starting", []
        for line in self.result.read_text("utf-8").splitlines() if self.result.is_file() else ():
            said = json.loads(line)
            if "doing" in said:
                doing = said["doing"]
            else:
                found.append(Finding(**said))
        return found, doing
