"""The embedded model itself: fetched once into the user's own cache, which `Folders()` names, and run."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from openai import AsyncOpenAI, AuthenticationError

from toolpost import Folders, Unavailable
from toolpost_local import Endpoint, Local

HOST = """
import anyio, sys
from toolpost import Folders
from toolpost_local import Local

async def main():
    print((await Local(Folders()).connect()).pid, flush=True)
    await anyio.sleep_forever()

anyio.run(main, backend=sys.argv[1])
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and pidfd")


@pytest.fixture
async def local() -> AsyncIterator[Local]:
    plugin = Local(Folders())
    async with plugin.lifespan():
        yield plugin


async def ask(endpoint: Endpoint, text: str, api_key: str = "") -> str:
    async with AsyncOpenAI(base_url=endpoint.base_url, api_key=api_key or endpoint.api_key, max_retries=0) as client:
        messages = [{"role": "user", "content": text}]
        answer = await client.chat.completions.create(model=endpoint.model, messages=messages)
    return answer.choices[0].message.content or ""


async def wait_for_death(pid: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        with anyio.fail_after(20):
            await anyio.wait_readable(descriptor)
    finally:
        os.close(descriptor)


async def test_answers_through_the_official_sdk(local):
    assert "Paris" in await ask(await local.connect(), "What is the capital of France?")


async def test_concurrent_callers_share_one_process(local):
    endpoints: list[Endpoint] = []

    async def connect() -> None:
        endpoints.append(await local.connect())

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(connect)
    assert len({endpoint.pid for endpoint in endpoints}) == 1


async def test_request_with_another_key_is_refused(local):
    with pytest.raises(AuthenticationError):
        await ask(await local.connect(), "Hello", api_key="guessed")


@linux
async def test_key_is_in_no_argument_and_no_variable(local):
    endpoint = await local.connect()
    process = Path(f"/proc/{endpoint.pid}")
    assert endpoint.api_key.encode() not in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    assert endpoint.api_key not in repr(endpoint)


@linux
async def test_process_that_died_is_started_again(local):
    first = await local.connect()
    os.kill(first.pid, signal.SIGKILL)
    await wait_for_death(first.pid)
    second = await local.connect()
    assert second.pid != first.pid
    assert await ask(second, "Hello")


@linux
async def test_process_ends_with_the_lifespan():
    local = Local(Folders())
    async with local.lifespan():
        endpoint = await local.connect()
    await wait_for_death(endpoint.pid)


@linux
async def test_process_ends_when_the_host_is_killed(anyio_backend_name):
    command = [sys.executable, "-c", HOST, anyio_backend_name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as host:
        assert host.stdout is not None
        assert select.select([host.stdout], [], [], 60)[0]
        pid = int(host.stdout.readline())
        host.kill()
    await wait_for_death(pid)


async def test_file_that_is_no_model_is_unavailable(tmp_path):
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF, but not really")
    with pytest.raises(Unavailable, match="cannot be served"):
        await Local(Folders(tmp_path), model=str(model)).connect()
