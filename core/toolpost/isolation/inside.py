"""From a pipe to a plugin that answers: what the process of a plugin does, from its first message to its end."""

from __future__ import annotations

import gc
import logging
import os
import select
import sys
from functools import partial
from typing import Any, NoReturn

import anyio

from toolpost.artefacts import Artefacts
from toolpost.changes import Changes
from toolpost.descriptors import Wire
from toolpost.errors import ConfigError, PluginError, ToolpostError
from toolpost.host import Host
from toolpost.isolation.framing import Framing
from toolpost.isolation.limits import limit
from toolpost.isolation.serving import Serving, failed
from toolpost.isolation.stderr import ToHost
from toolpost.isolation.terms import Terms
from toolpost.isolation.wire import PLUGIN
from toolpost.loops import options
from toolpost.plugins.build import build
from toolpost.reader import Reader
from toolpost.store.sqlite import SQLiteStore


def run(wire: Wire) -> NoReturn:
    """Serve one plugin until the host goes."""
    # Whoever this process starts finds its own modules.
    os.environ.pop("PYTHONPATH", None)
    framing = Framing(wire.read, wire.write)
    message = _first(framing)
    terms = Terms.read(message["params"]["_meta"][PLUGIN])
    _log_to_host(terms.level)
    limit(terms.memory)
    try:
        host, changes = _host(terms)
    except ToolpostError as error:
        failed(framing, message["id"], error)
        os._exit(1)
    gc.freeze()
    backend = terms.config.server.backend
    work = partial(_serve, host, changes, framing, message["id"], terms)
    anyio.run(work, backend=backend, backend_options=options(backend))
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    # Threads that the plugin keeps busy must not keep the process.
    os._exit(0)


async def _serve(host: Host, changes: Changes, framing: Framing, opening: Any, terms: Terms) -> None:
    async with host:
        if reason := host.registry.broken.get(terms.name):
            failed(framing, opening, PluginError(reason))
            return
        await Serving(host, changes, framing, bounded=terms.memory > 0).run(opening)


def _host(terms: Terms) -> tuple[Host, Changes]:
    """A host of this plugin alone.

    Raises:
        ConfigError: a setting is wrong, or the plugin cannot run apart.
        PluginError: it fails.
    """
    folders, reader, changes = terms.folders, Reader(), Changes()
    store, artefacts = SQLiteStore(folders.store), Artefacts(folders.artefacts)
    built = build(terms.config, [folders, reader, changes, store, artefacts], is_apart=True)
    for broken in built.broken:
        raise PluginError(broken.reason)
    host = Host(built.plugins, changes=changes, versions=built.versions)
    reader.bind(host)
    for reason in host.registry.broken.values():
        raise PluginError(reason)
    if hooks := [hook for hook in ("middleware", "routes") if host.registry.implements(hook)]:
        raise ConfigError(
            f"{terms.table.source.at()}: plugin {terms.name!r} implements {hooks[0]!r}, which needs the host's own "
            f"process; remove isolation"
        )
    return host, changes


def _first(framing: Framing) -> Any:
    """The first message, for which there is nothing to do but to wait."""
    while not (found := framing.received()):
        select.select([framing.read_from], [], [])
        if not framing.fill():
            os._exit(0)
    # What came with it is for whoever reads next.
    framing.put_back(found[1:])
    return found[0]


def _log_to_host(level: int) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(ToHost())
    logging.root.addHandler(handler)
    logging.root.setLevel(level)
    logging.captureWarnings(True)
