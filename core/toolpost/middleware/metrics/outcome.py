"""How a call ended, in a word."""

from __future__ import annotations

import anyio

from toolpost.errors import Crash, InvalidArguments, Refused, ToolError, Unavailable
from toolpost.tools.context import InputRequired


def kind_of(error: BaseException) -> str:
    """The word under which a failed call is counted."""
    match error:
        case InvalidArguments():
            return "invalid"
        case Refused():
            return "refused"
        case Unavailable():
            return "unavailable"
        case Crash():
            return "crash"
        case ToolError():
            return "error"
        case InputRequired():
            return "input_required"
    return "cancelled" if isinstance(error, anyio.get_cancelled_exc_class()) else "crash"
