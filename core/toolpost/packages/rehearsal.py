"""Starts one plugin as a server would, and says how far it came: run with `python -m` by `toolpost.plugins.trying`."""

from __future__ import annotations

import gc
import json
import os
import pickle
import sys
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from toolpost.config.load import Config
from toolpost.crash import account
from toolpost.descriptors import Wire, claim
from toolpost.errors import ConfigError, PluginError
from toolpost.folders import Folders
from toolpost.hookspecs import hookimpl
from toolpost.host import Host
from toolpost.plugins.assemble import services
from toolpost.plugins.broken import reason
from toolpost.plugins.build import build
from toolpost.plugins.find import installed
from toolpost.plugins.patience import bounded
from toolpost.reader import Reader
from toolpost.server.endings import leave
from toolpost.tools.tool import Tool

IMPORT, BUILDING, HOOKS, AFTER = "its import", "building it", "asking its hooks", "what comes after its import"

STILL = "still here"
# Kept, whatever becomes of the module.
DUMPS = json.dumps
# So many descriptors are needed even by a small server, or a quarter of what there are.
DESCRIPTORS = 64


def main() -> NoReturn:
    """Read what is to start, start it, and end."""
    wire = claim()
    with os.fdopen(wire.read, "rb") as stream:
        config, name = pickle.load(stream)  # noqa: S301 - of the process that started this one
    say, room = partial(_say, wire), _room()
    try:
        _start(config, name, say)
        say(step=AFTER)
        _go_on(config.server.backend, room)
    except Said as error:
        say(failed=str(error), places="\n".join(account(error.__cause__ or error)))
    except BaseException as error:
        say(failed=reason(error, name), places="\n".join(account(error)))
    say(well=True)
    # Threads are not waited for, and processes that it began end with it.
    leave(0)


def _start(config: Config, name: str, say: Any) -> None:
    """Import, build and ask it, alone; together with what is enabled beside it, if it needs that.

    What the operator must mend is for the start itself to say.
    """
    say(step=IMPORT)
    copies: list[int] = []
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=lambda: copies.append(os.getpid()))
    with bounded("its import"):
        installed()[name][0].entry_point.load()
    if copies:
        raise Said("PluginError: its import makes a copy of its process")
    say(step=BUILDING)
    alone = replace(config, plugins={name: config.plugins[name]})
    for one in (alone, config):
        try:
            built = build(one, services(Folders.of_user(config.path), Reader()), is_apart=True)
        except ConfigError:
            continue
        for broken in built.broken:
            if broken.name == name:
                raise Said(broken.reason)
        say(step=HOOKS)
        host = Host({name: built.plugins[name]})
        for why in host.registry.broken.values():
            raise Said(why)
        return


def _room() -> int:
    """The descriptors that are to be left, of a process that may not have many."""
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return DESCRIPTORS if soft == resource.RLIM_INFINITY else min(DESCRIPTORS, soft // 4)


def _go_on(backend: str, room: int) -> None:
    """Do what a server does next, which an import may have made impossible for everybody.

    Raises:
        Said: it is no longer possible.
    """
    try:
        import anyio

        import toolpost.server.serve  # noqa: F401 - all that a server stands on, most of it not imported yet

        _collect(room)
        if json.loads(json.dumps(anyio.run(_call, backend=backend))) != STILL:
            raise PluginError("a call gave something else")
    except BaseException as error:
        text = f"PluginError: nothing works any more in a process that has imported it: {reason(error)}"
        raise Said(f'{text}; isolation = "process" gives it one of its own') from error


def _collect(room: int) -> None:
    """Collect garbage, and have room for descriptors; what then fails would fail at any time."""
    failed: list[Any] = []
    before, sys.unraisablehook = sys.unraisablehook, failed.append
    gc.collect()
    sys.unraisablehook = before
    for one in failed[:1]:
        raise one.exc_value or PluginError("collecting garbage fails")
    for descriptor in [os.open(os.devnull, os.O_RDONLY) for _ in range(room)]:
        os.close(descriptor)


async def _call() -> str:
    async with Host({"still": _Still()}) as host:
        return str(getattr((await host.call("still")).content[0], "text", ""))


class _Still:
    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.still)]

    async def still(self) -> str:
        """Answer."""
        return STILL


class Said(PluginError):
    """Holds what is said of a plugin, as it is to be said."""


def _say(wire: Wire, **words: object) -> None:
    os.write(wire.write, DUMPS(words).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())
