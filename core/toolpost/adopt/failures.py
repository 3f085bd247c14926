"""What a function of the SDK raised, in toolpost's words."""

from __future__ import annotations

from collections.abc import Iterator

from mcp.server.mcpserver.exceptions import (
    ResourceError,
    ResourceNotFoundError,
    UnexpectedResourceError,
    UnexpectedToolError,
)
from mcp.server.mcpserver.exceptions import (
    ToolError as SDKToolError,
)
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from pydantic import ValidationError

from toolpost.errors import InvalidArguments, ToolError

Seen = tuple[BaseException, BaseException | None]
FINDINGS = 20


def translated(error: Exception, name: str) -> Seen:
    """The error to raise in its place, with its cause; `name` is the tool's, resource's or prompt's.

    What was anticipated keeps its text. What was not is the exception that
    the SDK wrapped, so that the log has its traceback and the caller a reference.
    """
    ours = next((one for one in _chain(error) if isinstance(one, ToolError)), None)
    match error:
        case _ if ours is not None:
            return ours, None
        case UnexpectedToolError() | UnexpectedResourceError():
            return _root(error), None
        case SDKToolError(__cause__=ValidationError() as cause):
            return InvalidArguments(_findings(cause)), None
        case ValidationError():
            return InvalidArguments(_findings(error)), None
        case ResourceNotFoundError():
            return InvalidArguments(_text(error, name)), error
        case SDKToolError() | ResourceError():
            return ToolError(_text(error, name)), error
        case MCPError():
            kind = InvalidArguments if error.error.code == INVALID_PARAMS else ToolError
            return kind(error.error.message), error
    return error, error.__cause__


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def _root(error: BaseException) -> BaseException:
    """What was raised first, inside all that the SDK wrapped around it."""
    while isinstance(error, UnexpectedToolError | UnexpectedResourceError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _text(error: Exception, name: str) -> str:
    """The text that the author wrote, without what the SDK sets before it."""
    return str(error).removeprefix(f"Error executing tool {name}: ")


def _findings(error: ValidationError) -> str:
    """Which argument is wrong and how, without what was sent."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[:FINDINGS]
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}" for item in found)
