"""Pictures by way of a provider that nobody here wrote: each tool once, and its chaos paid for once."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from toolpost_openai.testing import ScriptedServer
from toolpost_openai.testing_images import png

from .drawing import CAT, House, links, seen, text

pytestmark = pytest.mark.slow

DRAWN = {"b64Json": base64.b64encode(png(8, 8)).decode()}
FIXTURES = [
    {"match": {"userMessage": "two"}, "response": {"images": [DRAWN, DRAWN]}},
    {"match": {"userMessage": "What"}, "response": {"content": "A grey square."}},
    {"match": {"endpoint": "image"}, "response": {"image": DRAWN}},
]


@pytest.fixture
def anyio_backend() -> str:
    """That of the client; the server's goes with the era."""
    return "asyncio"


@pytest.fixture
def aimock(npm: Callable[[str], Path], tmp_path: Path) -> Iterator[str]:
    """Where a running aimock is."""
    fixtures = tmp_path / "fixtures.json"
    fixtures.write_text(json.dumps({"fixtures": FIXTURES}))
    command = [str(npm("@copilotkit/aimock@1.43") / "llmock"), "-p", "0", "-f", str(fixtures)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    yield next(found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
    process.kill()
    process.communicate()


@pytest.fixture(params=["legacy", "2026-07-28"])
def house(request: pytest.FixtureRequest, tmp_path: Path, aimock: str) -> House:
    elsewhere = {"TOOLPOST__OPENAI__BASE_URL": f"{aimock}/v1", "TOOLPOST__RETRY__FIRST_WAIT": "0.01"}
    return House(tmp_path, ScriptedServer(), request.param, elsewhere)


def paid(aimock: str) -> list[str]:
    """The paths of aimock's journal."""
    with urlopen(f"{aimock}/__aimock/journal") as answer:
        entries: Any = json.loads(answer.read())
    return [entry["path"] for entry in entries]


def chaos(aimock: str, **rates: float) -> None:
    request = Request(f"{aimock}/__aimock/chaos", json.dumps(rates).encode(), method="POST")
    request.add_header("content-type", "application/json")
    urlopen(request).close()


async def test_each_tool_gets_its_answer(house: House, aimock: str):
    async with house.client(TOOLPOST__DALLE__COMPATIBILITY="true") as client:
        drawn = await client.call_tool("generate_image", CAT)
        assert seen(drawn) == [png(8, 8)]
        source = {"image": links(drawn)[0]}
        assert len(seen(await client.call_tool("generate_image", {"prompt": "two cats", "n": 2}))) == 2
        assert seen(await client.call_tool("edit_image", {"prompt": "snow", **source})) == [png(8, 8)]
        assert seen(await client.call_tool("create_variations", source)) == [png(8, 8)]
        assert seen(await client.call_tool("create-image", {"prompt": "old"})) == [png(8, 8)]
        assert text(await client.call_tool("analyze_image", {"prompt": "What is it?", **source})) == "A grey square."
        messages = [{"role": "user", "content": "What is it?"}]
        talked = await client.call_tool("chat_with_image", {"messages": messages, "images": list(source.values())})
        assert text(talked) == "A grey square."
        assert (await client.call_tool("moderate", {"text": "hello"})).structured_content["flagged"] is False
    made = ["/v1/images/generations"] * 2 + ["/v1/images/edits"] * 2 + ["/v1/images/generations"]
    assert paid(aimock) == [*made, "/v1/responses", "/v1/responses", "/v1/moderations"]


@pytest.mark.parametrize("fault", ["dropRate", "malformedRate", "disconnectRate"])
async def test_what_may_have_been_drawn_is_paid_for_once(house: House, aimock: str, fault: str):
    async with house.client() as client:
        chaos(aimock, **{fault: 1})
        assert (await client.call_tool("generate_image", CAT)).is_error
        chaos(aimock)
        again = await client.call_tool("generate_image", CAT)
        assert "forget_job" in text(again)
        assert len(paid(aimock)) == 1
        await client.call_tool("forget_job", {"job": again.meta["toolpost/ledger"]["job"]})
        assert seen(await client.call_tool("generate_image", CAT)) == [png(8, 8)]
    assert len(paid(aimock)) == 2
