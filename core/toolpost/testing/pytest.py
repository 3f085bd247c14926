"""What pytest knows of toolpost: fixtures, which cost nothing where they are not used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from toolpost import Host
    from toolpost.testing import Cassette, Clock, OpenAIServer, Services


@pytest.fixture
def toolpost_clock() -> Clock:
    """A clock that stands until it is told."""
    from toolpost.testing import Clock

    return Clock()


@pytest.fixture
def toolpost_services(tmp_path: Path, toolpost_clock: Clock) -> Services:
    """The host's services, in a folder of this test."""
    from toolpost.testing import Services

    return Services(tmp_path / "toolpost", toolpost_clock)


@pytest.fixture
def toolpost_host(toolpost_services: Services) -> Callable[..., AbstractAsyncContextManager[Host]]:
    """`open_host` with the services of this test: `async with toolpost_host(Dice()) as host`."""
    from toolpost.testing import open_host

    return partial(open_host, services=toolpost_services)


@pytest.fixture
def openai_server() -> Iterator[OpenAIServer]:
    """A server that speaks like OpenAI, by script."""
    from toolpost.testing import OpenAIServer

    with OpenAIServer() as server:
        yield server


@pytest.fixture
def toolpost_cassette(request: pytest.FixtureRequest) -> Iterator[Callable[..., Cassette]]:
    """Replays `cassettes/NAME.json` beside the test: `toolpost_cassette("https://api.openai.com/v1")`.

    NAME is the test's, without its parameters. `TOOLPOST_RECORD=1` in the environment records it.
    """
    from toolpost.testing import Cassette

    place = request.path.parent / "cassettes" / f"{getattr(request.node, 'originalname', request.node.name)}.json"
    with ExitStack() as stack:
        yield lambda upstream, **given: stack.enter_context(Cassette(place, upstream, **given))
