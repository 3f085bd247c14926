"""A conversation with tools at aimock, an emulator that nobody here wrote, in both dialects."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from toolpost_openai import OpenAI
from toolpost_openai.turns import Calling, Function, Text, Turn

pytestmark = pytest.mark.slow

QUESTION = {"role": "user", "content": "What is the weather in Oslo and Rome?"}
CITIES = [{"name": "get_weather", "arguments": {"city": city}} for city in ("Oslo", "Rome")]
FIXTURES = [
    {"match": {"userMessage": "weather", "hasToolResult": True}, "response": {"content": "Rain, and sun."}},
    {"match": {"userMessage": "weather"}, "response": {"content": "Let me see.", "toolCalls": CITIES}},
]
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


@pytest.fixture(scope="module")
def aimock(npm: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a running aimock is."""
    fixtures = tmp_path_factory.mktemp("aimock") / "fixtures.json"
    fixtures.write_text(json.dumps({"fixtures": FIXTURES}))
    command = [str(npm("@copilotkit/aimock@1.43") / "llmock"), "-p", "0", "-f", str(fixtures)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    yield next(found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
    process.kill()
    process.communicate()


@pytest.mark.parametrize("to", ["openai", "compatible"])
async def test_a_conversation_with_tools_goes_its_way(aimock: str, to: str):
    heard = []

    async def hear(piece):
        heard.append(piece)

    plugin = OpenAI(base_url=f"{aimock}/v1", serves=to)
    function = Function(name="get_weather", parameters={"type": "object", "properties": {"city": {"type": "string"}}})
    async with plugin.lifespan():
        connection = await plugin.connect()
        said = await connection.converse(Turn(messages=[QUESTION], model="gpt-5.4", functions=[function]), hear)
        assert (said.text, said.finish_reason) == ("Let me see.", "tool_calls")
        assert [json.loads(call.arguments)["city"] for call in said.invocations] == ["Oslo", "Rome"]
        assert "".join(piece.text for piece in heard if isinstance(piece, Text)) == "Let me see."
        assert [piece.index for piece in heard if isinstance(piece, Calling) and piece.id] == [0, 1]
        calls = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in said.invocations
        ]
        messages = [QUESTION, {"role": "assistant", "content": said.text, "tool_calls": calls, "kept": said.kept}]
        for call in calls:
            content = [{"type": "text", "text": "see"}, PICTURE] if to == "openai" else "see"
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": content})
        ended = await connection.converse(Turn(messages=messages, model="gpt-5.4", functions=[function]), hear)
    assert (ended.text, ended.finish_reason) == ("Rain, and sun.", "stop")
