"""The child process of the model: one for all callers, started when it is asked for and not there."""

from __future__ import annotations

import json
import math
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from toolpost import Unavailable
from toolpost_local.endpoint import Endpoint, Report

if TYPE_CHECKING:
    from toolpost_local.plugin import Local

SERVE = Path(__file__).with_name("serve.py")
# No other variable of the host is the model's business, least of all its secrets.
PASSED_ON = (
    *("PATH", "PYTHONPATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
)
GRACE = 5.0  # seconds between closing the child's stdin, which ends it, and killing it
WAY_OUT = "set OPENAI_API_KEY to use OpenAI, or [plugins.local] model to another GGUF"


class Child:
    """Holds the process; concurrent callers wait for one start."""

    def __init__(self, local: Local, serve: Path = SERVE) -> None:
        self._local = local
        self._serve = serve
        self._lock = anyio.Lock()
        self._process: Process | None = None
        self._endpoint: Endpoint | None = None

    async def connect(self, report: Report) -> Endpoint:
        """Where the running model answers; one that died is started again."""
        async with self._lock:
            if self._endpoint is None or not await _listens(self._endpoint):
                await self.aclose()
                self._endpoint = await self._start(await self._model(report), report)
            return self._endpoint

    async def aclose(self) -> None:
        """End the process, by kindness or by force."""
        process, self._process, self._endpoint = self._process, None, None
        if process is not None:
            with anyio.CancelScope(shield=True):
                await _end(process)

    async def _model(self, report: Report) -> Path:
        path = await self._local.fetch(report)
        if not await anyio.Path(path).is_file():
            raise Unavailable(f"the local model {path} is no file; set [plugins.local] model to a GGUF that exists")
        return path.absolute()

    async def _start(self, path: Path, report: Report) -> Endpoint:
        local = self._local
        await report(95.0, 100.0, "starting the local model")
        key = secrets.token_urlsafe(32)
        order = {
            "path": str(path),
            "name": local.model_name,
            "key": key,
            "context": local.context,
            "max_tokens": local.max_tokens,
            "chat_template": "" if local.model else local.source.chat_template,
        }
        self._process = await _launch(self._serve)
        try:
            url = await _answer(self._process, order, local.start_timeout)
        except BaseException:
            await self.aclose()
            raise
        await report(100.0, 100.0, "the local model is ready")
        return Endpoint(f"{url}/v1", key, local.model_name, local.max_tokens, not local.model, self._process.pid)


async def _listens(endpoint: Endpoint) -> bool:
    """Whether the model still runs: a dead process's port closes before its exit status is known here."""
    url = urlsplit(endpoint.base_url)
    try:
        async with await anyio.connect_tcp(url.hostname or "", url.port or 0):
            return True
    except OSError:
        return False


async def _launch(serve: Path) -> Process:
    """Run the serving file, without the host's stdout, which may carry protocol."""
    environment = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
    return await anyio.open_process(
        [sys.executable, "-P", str(serve)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**environment, "OMP_WAIT_POLICY": "passive"},
        # A Ctrl-C at the terminal is for the host, which then ends the child.
        start_new_session=sys.platform != "win32",
    )


async def _answer(process: Process, order: dict[str, Any], seconds: float) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with anyio.fail_after(seconds):
            await process.stdin.send(json.dumps(order).encode() + b"\n")
            line = await BufferedByteReceiveStream(process.stdout).receive_until(b"\n", 65536)
    except TimeoutError:
        raise Unavailable(
            f"the local model was not ready after {seconds:g} s; raise [plugins.local] start_timeout, or {WAY_OUT}"
        ) from None
    except (anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError):
        raise Unavailable(f"the local model does not start: {_death(await process.wait())}; {WAY_OUT}") from None
    answer: dict[str, str] = json.loads(line)
    if "error" in answer:
        raise Unavailable(f"the local model does not start: {answer['error']}; {WAY_OUT}")
    return answer["url"]


def _death(code: int) -> str:
    # Windows has its own number for an illegal instruction (STATUS_ILLEGAL_INSTRUCTION).
    if -code == getattr(signal, "SIGILL", math.nan) or code & 0xFFFFFFFF == 0xC000001D:
        return "this processor lacks AVX2, which it needs"
    return f"its process ended with {code}"


async def _end(process: Process) -> None:
    if process.stdin is not None:
        await process.stdin.aclose()
    with anyio.move_on_after(GRACE):
        await process.wait()
    if process.returncode is None:
        process.kill()
    await process.aclose()
