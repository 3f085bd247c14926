"""Functions that answer requests: filled with what is ours, bounded in time, and contained in what they return."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, AsyncIterator, Callable
from functools import partial, wraps
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Annotated, Any, get_type_hints

import anyio
from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from starlette.responses import Response, StreamingResponse

from toolpost.errors import PluginError
from toolpost.host import Host
from toolpost.http.caller import CALLER, Caller
from toolpost.http.refusal import Refusal
from toolpost.routes import Route
from toolpost.tools.context import Context
from toolpost.tools.results import light
from toolpost.tools.threads import in_thread

# What has no end that one could wait for, or no meaning outside of its function.
STREAMS = (GeneratorType, AsyncGeneratorType, CoroutineType)


def endpoint(route: Route, owner: str, host: Host) -> Callable[..., Any]:
    """The function of a route as FastAPI is to call it: async, and with parameters of our types from us.

    Raises:
        PluginError: it is a function that FastAPI cannot call so.
    """
    function = route.endpoint
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise PluginError("its function yields; return a StreamingResponse of the generator instead")
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function)
    ours: dict[type, Dependency] = {Context: Depends(_context), Host: Depends(_constant(host))}
    parameters = [
        parameter.replace(annotation=_dependent(hints.get(name, parameter.annotation), ours))
        for name, parameter in signature.parameters.items()
    ]
    is_async = inspect.iscoroutinefunction(function)

    @wraps(function)
    async def answer(**given: Any) -> Any:
        bound = partial(function, **given)
        with anyio.move_on_after(route.timeout) as scope:
            return _contained(await (bound() if is_async else in_thread(owner, bound)))
        assert scope.cancelled_caught
        raise Refusal(504, "this took too long, and was given up", "timeout")

    answer.__doc__ = _rest(function.__doc__)
    returned = hints.get("return", signature.return_annotation)
    answer.__signature__ = signature.replace(parameters=parameters, return_annotation=returned)  # type: ignore[attr-defined]  # what inspect looks for first
    return answer


def summary(route: Route) -> str:
    """What a route is for, in a few words."""
    first = inspect.cleandoc(route.endpoint.__doc__ or "").partition("\n")[0].strip().rstrip(".")
    return route.summary or first or route.path


def _rest(doc: str | None) -> str:
    """A docstring without its first line, which is the summary."""
    return inspect.cleandoc(doc or "").partition("\n")[2].strip()


def _dependent(hint: Any, ours: dict[type, Dependency]) -> Any:
    return Annotated[hint, ours[hint]] if isinstance(hint, type) and hint in ours else hint


def _constant(value: Host) -> Callable[[], Any]:
    # A plain function would be called in a thread.
    async def constant() -> Host:
        return value

    return constant


async def _context(request: Request) -> Context:
    caller: Caller | None = request.scope[CALLER]
    if caller is None:
        return Context("anyone", scopes=frozenset(), surface="http")
    return Context(caller.principal, scopes=caller.scopes, surface="http")


def _contained(value: Any) -> Any:
    """What a function returned, if it can be sent, and so that it ends nothing but its own answer."""
    if isinstance(value, StreamingResponse):
        value.body_iterator = _parts(value.body_iterator)
    return value if isinstance(value, Response) else _finite(light(value))


async def _parts(parts: AsyncIterable[Any]) -> AsyncIterator[Any]:
    """The parts of a stream; a SystemExit among them would leave the event loop, since they are sent in a task."""
    try:
        async for part in parts:
            yield part
    except (Exception, GeneratorExit, anyio.get_cancelled_exc_class()):
        raise
    except BaseException as error:
        raise RuntimeError("a stream broke") from error


def _finite(value: Any) -> Any:
    """The value, if nothing in it goes on for ever; it is known not to be large."""
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, STREAMS):
            raise TypeError(f"a route returned a {type(item).__name__}")
        if isinstance(item, dict):
            rest += item.values()
        elif isinstance(item, list | tuple | set | frozenset):
            rest += item
    return value
