"""Which model answers depends on the name and on the server."""

from __future__ import annotations

from datetime import date

import pytest

from toolpost import InvalidArguments
from toolpost_openai.catalogue import Catalogue
from toolpost_openai.choice import Chooser
from toolpost_openai.server import Server

OPENAI = Server("openai", "https://api.openai.com/v1", official=True)
OTHER = Server("box", "http://box:8080/v1")
OWN = Server("local", "http://127.0.0.1:1/v1", model="smol", local=True)


def chooser(server, aliases=None, served=()):
    async def list_models():
        return list(served)

    return Chooser(server, Catalogue.load(), aliases or {}, list_models, date(2026, 11, 20))


async def chosen(name, *about, **more):
    return (await chooser(*about, **more).choose(name)).model.name


@pytest.mark.parametrize("name", ["", "chat.fast"])
async def test_openai_has_a_default(name):
    assert await chosen(name, OPENAI) == "gpt-6-luna"


async def test_the_configuration_overrides_an_alias():
    assert await chosen("chat.best", OPENAI, {"chat.best": "gpt-6-astra"}) == "gpt-6-astra"


async def test_a_retired_alias_target_is_translated():
    choice = await chooser(OPENAI, {"chat.best": "gpt-4"}).choose("chat.best")
    assert choice.model.name == "gpt-6.1-terra"
    assert "gpt-4 ended on 2026-10-23" in choice.notes[0]


async def test_a_model_near_its_end_is_asked_with_a_note():
    choice = await chooser(OPENAI).choose("gpt-5")
    assert choice.model.name == "gpt-5"
    assert choice.notes == ("the model gpt-5 ends on 2026-12-11; use gpt-6.1-terra",)


async def test_another_servers_names_pass_through():
    choice = await chooser(OTHER).choose("gpt-4")
    assert (choice.model.name, choice.model.dialect) == ("gpt-4", "chat")


async def test_another_servers_first_chat_model_is_its_default():
    assert await chosen("", OTHER, served=["nomic-embed-text", "qwen3-4b", "llama"]) == "qwen3-4b"


async def test_another_server_that_has_openais_default_is_asked_for_it():
    assert await chosen("chat.fast", OTHER, served=["a", "gpt-6-luna"]) == "gpt-6-luna"


async def test_another_server_that_lists_nothing_is_asked_for_openais_default():
    assert await chosen("", OTHER) == "gpt-6-luna"


async def test_a_configured_alias_holds_at_another_server():
    assert await chosen("", OTHER, {"chat.fast": "mistral"}, served=["llama"]) == "mistral"


@pytest.mark.parametrize("name", ["", "chat.fast", "chat.best", "smol"])
async def test_the_only_model_answers_to_its_name_and_every_alias(name):
    assert await chosen(name, OWN) == "smol"


async def test_the_only_model_does_not_answer_for_another():
    with pytest.raises(InvalidArguments, match="'gpt-4' is not here: local serves only 'smol'.*OPENAI_API_KEY"):
        await chosen("gpt-4", OWN)
