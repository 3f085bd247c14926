"""The embedded model as the provider: no key, no network, the same API."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from reaching import Reached, _address
from serving import command, environment

pytestmark = pytest.mark.slow
MODEL = Path.home() / ".cache" / "toolpost" / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
CONFIG = """
[plugins.trace]
[plugins.pii]
[plugins.openai]
[plugins.local]
[plugins.office]
[plugins.gateway]
"""
USER: Any = [{"role": "user", "content": "Say hello."}]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAI]:
    pytest.importorskip("xllamacpp")
    if not MODEL.exists():
        pytest.skip("the embedded model has not been fetched")
    folder = tmp_path_factory.mktemp("local")
    cache = folder / "home" / "cache" / "models"
    cache.mkdir(parents=True)
    (cache / MODEL.name).symlink_to(MODEL)
    found = environment(folder, CONFIG) | {"PYTHONPATH": os.fspath(Path(__file__).parent)}
    with (folder / "stderr.txt").open("wb") as errors:
        process = subprocess.Popen(
            command("serve", "--http", "--port", "0"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=found,
            cwd=folder,
        )
    server = Reached(process, folder / "stderr.txt")
    try:
        server.url = _address(server)
        yield OpenAI(base_url=f"http://127.0.0.1:{server.port}/v1", api_key="none", max_retries=0, timeout=120)
    finally:
        process.terminate()
        process.wait(30)


def test_it_is_listed(client: OpenAI):
    assert "chat.fast" in [model.id for model in client.models.list()]


def test_it_answers(client: OpenAI):
    answer = client.chat.completions.create(model="chat.fast", messages=USER, max_completion_tokens=12)
    assert answer.choices[0].message.content
    assert answer.system_fingerprint == "demonstration"


def test_it_answers_bit_by_bit(client: OpenAI):
    stream = client.chat.completions.create(model="chat.fast", messages=USER, max_completion_tokens=12, stream=True)
    chunks = list(stream)
    assert "".join(one.choices[0].delta.content or "" for one in chunks)
    assert chunks[-1].choices[0].finish_reason in ("stop", "length")


def test_it_answers_in_the_other_dialect(client: OpenAI):
    answer = client.responses.create(model="chat.fast", input="Say hello.", max_output_tokens=12)
    assert answer.output_text
    assert (answer.metadata or {}).get("toolpost_demonstration") == "true"
