"""What becomes of an exception that a plugin let go."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

from toolpost.cancellation import is_real
from toolpost.errors import Crash, ToolError
from toolpost.tools.call import ToolCall
from toolpost.tools.context import InputRequired

log = logging.getLogger("toolpost")


def failure(error: BaseException, call: ToolCall, layer: str | None = None, *, fatal: bool = True) -> BaseException:
    """What the caller is told: our own error where there is one, else a crash with a reference to the log.

    `layer` is the one that raised it, if it was no tool; where that is not
    `fatal`, the call goes on. A cancellation that is real stays what it is.
    """
    if is_real(error):
        return error
    inner = alone(error)
    if isinstance(inner, ToolError | InputRequired):
        return inner
    reference = call.context.call_id
    where = f"layer {layer!r} around {call.tool.name}" if layer else call.tool.name
    how = "" if fatal else ", and the call goes on without it"
    log.error("call %s: %s crashed%s\n%s", reference, where, how, "\n".join(account(error)))
    if layer is None:
        return Crash(f"{call.tool.name} failed unexpectedly (reference {reference})", reference=reference)
    call.context.note(layer, decision="failed_closed" if fatal else "failed_open")
    text = f"{call.tool.name} was refused, since the layer {layer!r} failed (reference {reference})"
    return Crash(text, reference=reference)


def alone(error: BaseException) -> BaseException:
    """The error in a group of one, as a task group leaves it."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def account(error: BaseException, depth: int = 5) -> Iterator[str]:
    """Types and places of an exception and those behind it, without their texts.

    An exception quotes what it failed on, which may be personal data or a secret.
    """
    frames = traceback.extract_tb(error.__traceback__)[-20:]
    places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    yield "\n".join([f"{type(error).__module__}.{type(error).__qualname__}", *places])
    inside = list(error.exceptions) if isinstance(error, BaseExceptionGroup) else []
    behind = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if depth:
        for other in [*inside[:5], *([behind] if behind else [])]:
            yield from account(other, depth - 1)
