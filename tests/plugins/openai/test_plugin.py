"""The plugin finds its server in the settings, and starts nothing before it is asked."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from toolpost import Refused
from toolpost_openai import OpenAI, Provider, Question

HELLO = Question(messages=[{"role": "user", "content": "Hello"}])


@dataclass(frozen=True)
class Skills:
    tools: bool = False
    images: bool = False


@dataclass(frozen=True)
class Place:
    base_url: str
    api_key: str = "own-key"
    model: str = "smol"


class Own:
    """A plugin that serves a model of its own."""

    name = "local"
    abilities = Skills()

    def __init__(self, base_url: str) -> None:
        self.place = Place(base_url)

    async def connect(self, report):
        await report(50.0, 100.0, "fetching")
        return self.place


def test_a_class_of_that_shape_is_a_provider():
    assert isinstance(Own(""), Provider)


async def test_a_key_leads_to_openai():
    plugin = OpenAI(api_key=SecretStr("sk-x"), local=Own("http://127.0.0.1:1/v1"))
    async with plugin.lifespan():
        connection = await plugin.connect()
    assert connection.server.official
    assert str(connection.client.base_url) == "https://api.openai.com/v1/"


async def test_a_base_url_leads_there_and_needs_no_key(provider):
    plugin = OpenAI(base_url=provider.base_url, local=Own("http://127.0.0.1:1/v1"))
    async with plugin.lifespan():
        answer = await (await plugin.connect()).ask(HELLO)
    assert (answer.provider, answer.demonstration) == ("127.0.0.1", False)


async def test_the_key_the_organization_and_the_project_are_sent(provider):
    key = SecretStr("sk-mine")
    plugin = OpenAI(base_url=provider.base_url, api_key=key, organization="org-1", project="proj-1")
    async with plugin.lifespan():
        await (await plugin.connect()).ask(HELLO)
    headers = provider.journal[-1].headers
    assert headers["authorization"] == "Bearer sk-mine"
    assert (headers["openai-organization"], headers["openai-project"]) == ("org-1", "proj-1")


async def test_the_environment_is_not_sent_to_other_servers(provider, monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "of-the-environment")
    plugin = OpenAI(base_url=provider.base_url)
    async with plugin.lifespan():
        await (await plugin.connect()).ask(HELLO)
    assert not any("of-the-environment" in str(request) for request in provider.journal)


async def test_a_proxy_is_not_asked_for_this_machine(provider, monkeypatch):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{unheard.getsockname()[1]}")
        plugin = OpenAI(base_url=provider.base_url)
        async with plugin.lifespan():
            answer = await (await plugin.connect()).ask(HELLO)
    assert answer.text == "Hello, world."


async def test_without_either_our_own_model_answers(provider):
    said = []

    async def report(done, total, message):
        said.append((done, total, message))

    plugin = OpenAI(local=Own(provider.base_url))
    async with plugin.lifespan():
        answer = await (await plugin.connect(report)).ask(HELLO)
    assert (answer.provider, answer.demonstration) == ("local", False)
    assert provider.journal[0].headers["authorization"] == "Bearer own-key"
    assert provider.journal[0].body["model"] == "smol"
    assert said == [(50.0, 100.0, "fetching")]


async def test_our_own_model_may_move(provider):
    own = Own("http://127.0.0.1:1/v1")
    plugin = OpenAI(local=own)
    async with plugin.lifespan():
        await plugin.connect()
        own.place = Place(provider.base_url, "new-key")
        answer = await (await plugin.connect()).ask(HELLO)
    assert answer.text == "Hello, world."


async def test_with_nothing_at_all_the_way_out_is_said():
    with pytest.raises(Refused, match=r"OPENAI_API_KEY.*base_url in \[plugins.openai\].*'local'"):
        await OpenAI().connect()


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://x/v1", "http://", "http://[bad/v1", "http://x:99999/v1"])
def test_a_base_url_that_is_none_is_refused_at_start(url):
    with pytest.raises(ValueError, match="base_url: not an http"):
        OpenAI(base_url=url)


@pytest.mark.parametrize("url", ["https://api.openai.com/v1", "https://eu.api.openai.com/v1"])
async def test_openais_own_addresses_have_its_catalogue(url):
    plugin = OpenAI(api_key=SecretStr("sk-x"), base_url=url)
    async with plugin.lifespan():
        assert (await plugin.connect()).server.official


async def test_a_host_that_only_looks_like_openai_has_not():
    plugin = OpenAI(base_url="https://api.openai.com.example.org/v1")
    async with plugin.lifespan():
        assert not (await plugin.connect()).server.official


async def test_a_model_that_ends_is_warned_of_at_start(caplog):
    plugin = OpenAI(api_key=SecretStr("sk-x"), aliases={"chat.best": "gpt-4"})
    with caplog.at_level(logging.WARNING, "toolpost"):
        async with plugin.lifespan():
            pass
    assert "chat.best: the model gpt-4 ends on 2026-10-23; use gpt-6.1-terra" in caplog.text


async def test_the_end_of_the_host_closes_the_clients():
    plugin = OpenAI(api_key=SecretStr("sk-x"))
    async with plugin.lifespan():
        client = (await plugin.connect()).client
    assert client.is_closed()


def test_the_key_is_not_in_the_repr():
    assert "sk-x" not in repr(OpenAI(api_key=SecretStr("sk-x")))


def test_importing_and_building_does_not_import_the_sdk():
    code = "import sys, toolpost_openai; toolpost_openai.OpenAI(base_url='http://x/v1'); print('openai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_model_is_known_by_its_name_its_alias_and_its_snapshot():
    plugin = OpenAI(aliases={"mine": "house-model"})
    fast = plugin.models.aliases["chat.fast"]
    assert plugin.model_named("chat.fast") == plugin.model_named(fast) == plugin.model_named(f"{fast}-2026-08-01")
    assert plugin.model_named("mine") == "house-model"
    assert plugin.model_named("never-heard-of") is None
