"""The call that is running in this task or thread, for those that are not handed it: the log."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from toolpost.tools.context import Context

CURRENT: ContextVar[Context | None] = ContextVar("toolpost call", default=None)
