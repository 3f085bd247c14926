"""Packages whose `__init__` runs only when something is asked of it.

`import mcp.server.lowlevel` runs the `__init__` of `mcp` and `mcp.server`
first, and those import every client, transport and framework of the SDK:
60 ms of the 270 that a start takes (`bench/README.md`). A deferred package
is in `sys.modules` with its path, so its submodules import as ever, and runs
its own code at the first look at a name that is not there yet.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from threading import RLock
from types import ModuleType

_running = RLock()


def defer(*names: str) -> None:
    """Put packages in place without running them; those already imported stay as they are."""
    for name in names:
        if name not in sys.modules and (spec := find_spec(name)) is not None:
            sys.modules[name] = _deferred(spec)


def _deferred(spec: ModuleSpec) -> ModuleType:
    module = module_from_spec(spec)

    def run(name: str) -> object:
        # The import system itself looks for dunder names, which must not set it off.
        if name.startswith("__"):
            raise AttributeError(name)
        with _running:
            if module.__dict__.pop("__getattr__", None) is not None and spec.loader is not None:
                spec.loader.exec_module(module)
        return getattr(module, name)

    module.__dict__["__getattr__"] = run
    return module
