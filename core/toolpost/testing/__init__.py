"""What an author of plugins tests with; nothing of it is imported by toolpost itself.

A host in memory, the SDK's own client, callers, services in a folder that
goes away, a clock that stands, a server that speaks like OpenAI, recorded
traffic, and the contract that every plugin keeps. All of it works on asyncio
and on trio, with pytest and without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolpost.lazily import homes, lazily

if TYPE_CHECKING:
    from toolpost.testing.callers import Caller as Caller
    from toolpost.testing.callers import Progress as Progress
    from toolpost.testing.callers import principal as principal
    from toolpost.testing.cassettes import Cassette as Cassette
    from toolpost.testing.cassettes import CassetteError as CassetteError
    from toolpost.testing.clients import ERAS as ERAS
    from toolpost.testing.clients import connect as connect
    from toolpost.testing.clock import Clock as Clock
    from toolpost.testing.contract import contract as contract
    from toolpost.testing.hosts import open_host as open_host
    from toolpost.testing.openai.server import OpenAIServer as OpenAIServer
    from toolpost.testing.scripts import Model as Model
    from toolpost.testing.scripts import Person as Person
    from toolpost.testing.services import Services as Services
    from toolpost.testing.services import open_services as open_services

# pytest imports this package in every run, also where nobody tests a plugin.
_FOUND = homes(
    {
        "callers": "Caller Progress principal",
        "cassettes": "Cassette CassetteError",
        "clients": "ERAS connect",
        "clock": "Clock",
        "contract": "contract",
        "hosts": "open_host",
        "openai.server": "OpenAIServer",
        "scripts": "Model Person",
        "services": "Services open_services",
    }
)

__all__ = [*_FOUND]

__getattr__ = lazily(__name__, _FOUND, __name__)
