"""Toolboxes: objects with tools that remember, one for each caller and each in a thread of its own."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

import anyio.from_thread
import anyio.to_thread
import llm

# Seconds between two looks whether the caller has gone.
LOOK = 0.1
Work = Callable[[llm.Toolbox], Any]


class Boxes:
    """The objects of one toolbox class; beyond `most` callers, the one that was not used for longest is forgotten."""

    def __init__(self, cls: type[llm.Toolbox], arguments: Mapping[str, Any], most: int) -> None:
        self._cls = cls
        self._arguments = arguments
        self._most = most
        self._lock = Lock()
        self._desks: OrderedDict[str, Desk] = OrderedDict()

    def tools(self) -> Iterator[llm.Tool]:
        """What any of them offers."""
        desk = Desk(self._made)
        try:
            yield from desk.ask(lambda box: list(box.tools())).result()
        finally:
            desk.leave()

    def tool(self, box: llm.Toolbox, name: str) -> llm.Tool:
        """The tool of a name, bound to its own object."""
        return next(tool for tool in box.tools() if tool.name == name)

    def run(self, principal: str, work: Work) -> Any:
        """What some work gives with the object of a caller; in a thread of the host, which may be cancelled."""
        while True:
            desk = self._desk(principal)
            future = desk.ask(work)
            try:
                return _waited(future, desk)
            except _Left:
                continue
            except BaseException:
                if not future.done() and not future.cancel():
                    # Nothing can stop that thread; the next call has an object of its own.
                    self._forget(principal, desk)
                raise

    async def of(self, principal: str) -> llm.Toolbox:
        """The object of a caller, prepared."""
        box: Any = await anyio.to_thread.run_sync(self.run, principal, _itself, abandon_on_cancel=True)
        if not box._async_prepared:
            await box.prepare_async()
            # llm's own mark.
            box._async_prepared = True
        made: llm.Toolbox = box
        return made

    def _made(self) -> llm.Toolbox:
        box: Any = self._cls(**self._arguments)
        box.prepare()
        made: llm.Toolbox = box
        return made

    def _desk(self, principal: str) -> Desk:
        with self._lock:
            desk = self._desks.get(principal)
            if desk is None:
                desk = self._desks[principal] = Desk(self._made)
            self._desks.move_to_end(principal)
            if len(self._desks) > self._most:
                self._desks.popitem(last=False)[1].leave()
            return desk

    def _forget(self, principal: str, desk: Desk) -> None:
        with self._lock:
            if self._desks.get(principal) is desk:
                del self._desks[principal]
        desk.leave()


class Desk:
    """An object and the one thread that it is used in, since many hold things that are bound to theirs."""

    def __init__(self, make: Callable[[], llm.Toolbox]) -> None:
        self._make = make
        self._asked: SimpleQueue[tuple[Work, Future[Any]] | None] = SimpleQueue()
        self.is_left = False
        Thread(target=self._serve, name="llm toolbox", daemon=True).start()

    def ask(self, work: Work) -> Future[Any]:
        """Have some work done, after all that was asked before."""
        future: Future[Any] = Future()
        self._asked.put((work, future))
        return future

    def leave(self) -> None:
        """Let the thread end after what it does; what else was asked goes elsewhere."""
        self.is_left = True
        self._asked.put(None)

    def _serve(self) -> None:
        box: llm.Toolbox | None = None
        while (asked := self._asked.get()) is not None:
            work, future = asked
            if not future.set_running_or_notify_cancel():
                continue
            try:
                # Made at the first work, so that an object that cannot be made says so to whoever asks.
                box = box or self._make()
                future.set_result(work(box))
            except BaseException as error:
                future.set_exception(error)


def _itself(box: llm.Toolbox) -> llm.Toolbox:
    return box


class _Left(Exception):
    """Whoever was before in the queue hangs, and was left behind."""


def _waited(future: Future[Any], desk: Desk) -> Any:
    while True:
        anyio.from_thread.check_cancelled()
        try:
            return future.result(LOOK)
        except TimeoutError:
            if future.done():
                raise
            if desk.is_left and future.cancel():
                raise _Left from None
