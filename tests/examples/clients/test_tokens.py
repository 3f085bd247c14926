"""The examples where toolpost asks for a token, which `toolpost tokens add` has made."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from locked import node
from shop import Shop, opened

from toolpost.testing.openai import say

EXAMPLES = ["ask.py", "ask_streamed.py", "functions.py", "conversation.py", "ask.sh", "call.py"]
WORDS = {"call.py": ("chat", "prompt=Hello?")}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(tmp_path_factory.mktemp("guarded"), with_token=True) as shop:
        yield shop


def words(example: str) -> tuple[str, ...]:
    if example == "ask.sh" and shutil.which("curl") is None:
        pytest.skip("there is no curl")
    return (example, *WORDS.get(example, ("Hello?",)))


@pytest.mark.parametrize("example", EXAMPLES)
def test_whoever_has_a_token_is_answered(shop: Shop, example: str):
    shop.provider.replies += [say("Hello, you.")] * 3
    assert "Hello, you." in shop.says(*words(example), said="Hello?\n\n")


@pytest.mark.parametrize("example", EXAMPLES)
def test_whoever_has_none_is_refused(shop: Shop, example: str):
    done = shop.run(*words(example), said="Hello?\n\n", OPENAI_API_KEY="wrong", TOOLPOST_TOKEN="wrong")
    assert done.returncode != 0
    assert "token" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert shop.asked == []


@pytest.mark.slow
def test_the_same_goes_for_node(shop: Shop, project: Path):
    shop.provider.replies.append(say("Hello, you."))
    program = str(node() / "bin" / "node")
    assert shop.says(program, "ask.mjs", cwd=project) == "Hello, you.\n"
    done = shop.run(program, "ask.mjs", cwd=project, OPENAI_API_KEY="wrong")
    assert done.returncode == 1
    assert "401" in done.stderr
