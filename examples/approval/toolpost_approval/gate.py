"""The layer that asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from pydantic import Field

from toolpost import CallNext, Choices, Middleware, Refused, Space, Store, Tool, ToolCall, ToolResult, hookimpl
from toolpost_approval.question import question

Answer = Annotated[str, Choices({"once": "Yes, this once", "always": "Yes, and for a while", "no": "No"})]


@dataclass
class Form:
    """What the person fills in."""

    allow: Answer


@dataclass
class Approval:
    """Asks the person at the client before each call of a tool that destroys something or costs money."""

    store: Store
    destructive: Annotated[bool, Field(description="Ask before tools that destroy something.")] = True
    billable: Annotated[bool, Field(description="Ask before tools that cost money.")] = True
    unknown: Annotated[bool, Field(description="Ask before tools that do not say whether they change anything.")] = (
        False
    )
    exempt: Annotated[list[str], Field(description="Tools that are never asked about.")] = field(default_factory=list)
    remember: Annotated[float, Field(ge=0, description="Seconds that a yes may hold for a caller; 0: never.")] = 0.0

    # A layer that may ask says so, and has no time of its own while a person thinks.
    asks: ClassVar[bool] = True
    patience: ClassVar[None] = None

    @hookimpl
    def middleware(self) -> Middleware:
        """The layer around every call."""
        return self

    def applies_to(self, tool: Tool) -> bool:
        """Whether calls of a tool are asked about; settled at start, so that all others cost nothing."""
        return tool.name not in self.exempt and bool(self._why(tool))

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on if the person agrees, or has agreed."""
        if not await self._is_remembered(call):
            await self._ask(call)
        call.context.note("approval", decision="confirmed")
        return await call_next(call)

    def explain(self, call: ToolCall) -> str:
        """What it would do, for `toolpost explain`."""
        return f"asks the person, since the tool {self._why(call.tool)}"

    async def _ask(self, call: ToolCall) -> None:
        """Ask before anything is done: a client of 2026-07-28 makes the call once more with the answer.

        Raises:
            Refused: the person said no, or this client cannot ask.
        """
        text = question(call, self._why(call.tool))
        # The question has a name, so that it is the same one in the next round.
        if not self.remember:
            agreed = await call.context.confirm(text, key="approval")
        else:
            allow = (await call.context.ask(text, Form, key="approval")).allow
            agreed = allow != "no"
            if allow == "always":
                await self._agreed.set(self._key(call), b"yes", ttl=self.remember)
        if not agreed:
            call.context.note("approval", decision="refused")
            raise Refused(f"{call.tool.name} was not approved by the person who was asked")

    async def _is_remembered(self, call: ToolCall) -> bool:
        return bool(self.remember) and await self._agreed.get(self._key(call)) is not None

    @property
    def _agreed(self) -> Space:
        return self.store.space("approval")

    def _key(self, call: ToolCall) -> str:
        """A yes is that of one caller with one client, to one version of one tool."""
        context, tool = call.context, call.tool
        return "\n".join([context.principal, context.client.name, tool.plugin, tool.version, tool.name])

    def _why(self, tool: Tool) -> str:
        """Why calls of a tool are asked about; empty where they are not."""
        if self.destructive and tool.destructive:
            return "destroys something"
        if self.billable and tool.billable:
            return "costs money"
        if self.unknown and tool.read_only is None:
            return "does not say what it changes"
        return ""
