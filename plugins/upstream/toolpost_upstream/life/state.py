"""How it stands with a server, for people who ask."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from toolpost.kit import Ailing

Condition = Literal["starting", "up", "down"]
RESTLESS = "changes its lists again and again, and they are looked at ever more seldom, in the end once a minute"


@dataclass(frozen=True)
class Status:
    """One server at this moment; seconds are of monotonic time, `why` says what is wrong."""

    name: str
    transport: str
    condition: Condition
    why: str = ""
    seconds: float = 0.0
    next_try: float | None = None
    attempts: int = 0
    era: str = ""
    version: str = ""
    about: str = ""
    tools: int = 0
    resources: int = 0
    prompts: int = 0
    noise: int = 0
    restless: bool = False

    @property
    def sentence(self) -> str:
        """The same in a line."""
        if self.condition == "up":
            offers = f"{self.tools} tools, {self.resources} resources, {self.prompts} prompts"
            unrest = f"; it {RESTLESS}" if self.restless else ""
            return f"up for {self.seconds:.0f} s, MCP {self.version}: {offers}{unrest}"
        if self.condition == "starting":
            return f"starting for {self.seconds:.0f} s"
        again = "" if self.next_try is None else f"; next try in {self.next_try:.0f} s"
        return f"down for {self.seconds:.0f} s: it {self.why}{again}"


def ailing(status: Status) -> Ailing:
    """A server that is down or restless as a part of the plugin, with the time of day at which it is tried again."""
    if status.restless:
        return Ailing(part(status.name), "restless", f"it {RESTLESS}")
    until = time.time() + status.next_try if status.next_try is not None else 0.0
    again = time.strftime("; next try at %H:%M:%S", time.localtime(until)) if until else ""
    return Ailing(part(status.name), status.condition, f"it {status.why}{again}" if status.why else "", until)


def part(server: str) -> str:
    """What a server is called as a part of the plugin."""
    return f"upstream.{server}"
