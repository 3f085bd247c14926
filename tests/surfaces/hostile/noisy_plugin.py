"""A plugin that prints whenever it gets to run."""

from __future__ import annotations

import atexit
import logging
import os
import subprocess
import sys
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from toolpost import Prompt, Resource, Tool, hookimpl


def shout(where: str) -> None:
    print(f"print {where}")
    print(f"__stdout__ {where}", file=sys.__stdout__, flush=True)
    os.write(1, f"descriptor {where}\n".encode())
    subprocess.run(["echo", f"child {where}"], check=True)
    logging.getLogger("noisy").critical("log %s", where)
    thread = threading.Thread(target=print, args=(f"thread {where}",))
    thread.start()
    thread.join()


logging.getLogger("noisy").addHandler(logging.StreamHandler(sys.stdout))
atexit.register(shout, "atexit")
shout("import")


@dataclass
class Noisy:
    def __post_init__(self) -> None:
        shout("build")

    def __del__(self) -> None:
        os.write(1, b"descriptor del\n")

    @hookimpl
    def tools(self) -> Any:
        shout("tools")
        return [Tool(self.noise), Tool(self.noise_sync)]

    @hookimpl
    def middleware(self) -> Any:
        shout("middleware")
        return self._layer

    @hookimpl
    def resources(self) -> Any:
        shout("resources")
        return [Resource("noisy://x", self.noise)]

    @hookimpl
    def prompts(self) -> Any:
        shout("prompts")
        return [Prompt(self.noise)]

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> Any:
        shout("lifespan opens")
        yield
        shout("lifespan closes")

    async def _layer(self, call: Any, call_next: Any) -> Any:
        shout("layer")
        return await call_next(call)

    async def noise(self) -> str:
        shout("tool")
        return "done"

    def noise_sync(self) -> str:
        shout("sync tool")
        return "done"
