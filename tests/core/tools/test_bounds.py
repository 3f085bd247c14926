"""What is wrong with a huge call is told briefly."""

import threading

import anyio
import pytest

from toolpost import Host, InvalidArguments, PluginError, Tool, hookimpl
from toolpost.tools.signature import FINDINGS
from toolpost.tools.threads import THREADS


def add(first: int, terms: list[int]) -> int:
    """Add."""
    return first + sum(terms)


def test_of_many_unknown_arguments_only_some_are_named():
    with pytest.raises(InvalidArguments) as raised:
        Tool(add).signature.parse({f"k{number}": 1 for number in range(100_000)})
    assert str(raised.value).count("no such argument") == FINDINGS
    assert str(raised.value).endswith("and more")


def test_of_many_wrong_items_only_some_are_named():
    with pytest.raises(InvalidArguments) as raised:
        Tool(add).signature.parse({"first": 1, "terms": ["x"] * 100})
    assert str(raised.value).endswith(f"and {100 - FINDINGS} more")


@pytest.mark.parametrize("said", [{"description": 5}, {"title": 7}])
def test_words_that_are_no_text_are_refused_at_start(said: dict[str, int]):
    with pytest.raises(PluginError, match="is no text"):
        Tool(add, **said)


class Hanging:
    def __init__(self) -> None:
        self.release = threading.Event()

    @hookimpl
    def tools(self):
        return [Tool(self.hang), Tool(self.quick)]

    def hang(self) -> str:
        """Hang."""
        self.release.wait(10)
        return ""

    def quick(self) -> str:
        """Answer."""
        return "quick"


async def test_a_plain_function_that_hangs_keeps_no_other_from_its_thread():
    plugin = Hanging()
    try:
        async with Host([plugin]) as host, anyio.create_task_group() as tasks:
            for _ in range(THREADS + 1):
                tasks.start_soon(host.call, "hang")
            await anyio.sleep(0.1)
            with anyio.fail_after(5):
                assert (await host.call("quick")).text == "quick"
            tasks.cancel_scope.cancel()
    finally:
        plugin.release.set()
