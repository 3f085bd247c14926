"""Recorded traffic: recorded once, without secrets, and replayed strictly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from toolpost.testing import Cassette, CassetteError, OpenAIServer
from toolpost.testing.openai import fail, png, say

NOWHERE = "http://127.0.0.1:9/v1"
KEY = "sk-canary-0123456789abcdef"


def ask(cassette: Cassette, text: str = "Where is the Louvre?", *, key: str = KEY, **more: Any) -> Any:
    with OpenAI(api_key=key, base_url=cassette.base_url, max_retries=0, timeout=10) as client:
        made = client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}], **more)
        return [chunk.choices[0].delta.content for chunk in made] if more else made.choices[0].message.content


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "cassettes" / "louvre.json"
    with OpenAIServer() as server, Cassette(path, server.base_url, record=True) as cassette:
        server.replies += [say("In ", "Paris."), say("In ", "Paris.")]
        assert ask(cassette) == "In Paris."
        assert ask(cassette, stream=True) == ["", "In ", "Paris.", None]
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    return path


def test_what_was_recorded_is_replayed_without_a_network(recorded: Path):
    with Cassette(recorded, NOWHERE) as cassette:
        assert ask(cassette, stream=True, key="another") == ["", "In ", "Paris.", None]
        assert ask(cassette) == "In Paris."


def test_no_secret_is_recorded(tmp_path: Path):
    path = tmp_path / "secrets.json"
    with OpenAIServer() as server, Cassette(path, server.base_url, record=True, secrets=("hunter2",)) as cassette:
        server.replies += [
            fail(401, f"Incorrect API key provided: {KEY}."),
            say("hunter2 is out, sk-proj-abcdefghijkl"),
        ]
        with pytest.raises(openai.AuthenticationError):
            ask(cassette)
        ask(cassette, "my password is hunter2")
    text = path.read_text()
    assert "canary" not in text
    assert "hunter2" not in text
    assert "sk-proj" not in text
    assert "authorization" not in text.lower()


def refused(cassette: Cassette, *given: Any) -> str:
    with pytest.raises(openai.BadRequestError, match="not recorded as it was sent") as raised:
        ask(cassette, *given)
    return str(raised.value)


def test_what_was_not_recorded_is_refused_and_named(recorded: Path):
    cassette = Cassette(recorded, NOWHERE).__enter__()
    assert "other than recorded: messages" in refused(cassette, "Where is the Prado?")
    with pytest.raises(CassetteError, match="record it anew with TOOLPOST_RECORD=1"):
        cassette.__exit__(None, None, None)


def test_each_is_replayed_once_and_all_of_them(recorded: Path):
    cassette = Cassette(recorded, NOWHERE).__enter__()
    ask(cassette)
    with pytest.raises(CassetteError, match="was recorded and not sent"):
        cassette.__exit__(None, None, None)
    cassette = Cassette(recorded, NOWHERE).__enter__()
    ask(cassette, stream=True)
    ask(cassette)
    assert "or was replayed already" in refused(cassette)
    with pytest.raises(CassetteError, match="not recorded as it was sent"):
        cassette.__exit__(None, None, None)


def test_an_error_in_the_test_is_not_covered_by_what_is_left(recorded: Path):
    with pytest.raises(ZeroDivisionError), Cassette(recorded, NOWHERE):
        raise ZeroDivisionError


def test_files_are_compared_by_their_content(tmp_path: Path):
    path = tmp_path / "edit.json"

    def edit(cassette: Cassette, shade: int) -> None:
        with OpenAI(api_key=KEY, base_url=cassette.base_url, max_retries=0) as client:
            client.images.edit(model="i", prompt="snow", image=png(shade=shade))

    with OpenAIServer() as server, Cassette(path, server.base_url, record=True) as cassette:
        edit(cassette, 1)
    with Cassette(path, "http://127.0.0.1:9") as cassette:
        edit(cassette, 1)
    cassette = Cassette(path, NOWHERE).__enter__()
    with pytest.raises(openai.BadRequestError, match="other than recorded: image"):
        edit(cassette, 2)
    with pytest.raises(CassetteError):
        cassette.__exit__(None, None, None)


def test_one_that_is_missing_or_none_says_how_to_record_it(tmp_path: Path):
    with pytest.raises(CassetteError, match="not recorded yet; run once with TOOLPOST_RECORD=1"):
        Cassette(tmp_path / "none.json", "http://127.0.0.1:9")
    for text in ("{", "[]", json.dumps({"cassette": 2})):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(CassetteError, match="is no cassette"):
            Cassette(tmp_path / "bad.json", "http://127.0.0.1:9")


def test_the_environment_says_whether_to_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOOLPOST_RECORD", "1")
    with OpenAIServer() as server, Cassette(tmp_path / "x.json", server.base_url) as cassette:
        ask(cassette)
    assert len(json.loads((tmp_path / "x.json").read_text())["traffic"]) == 1
