"""The front as programs see it, and what it says of the model."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from toolpost_gateway.toolless import TOOLLESS
from toolpost_gateway.web.front import Front
from toolpost_openai import OpenAI


@dataclass
class Abilities:
    tools: bool = False
    images: bool = False


@dataclass
class Own:
    """A model of our own, which nobody asks."""

    abilities: Abilities = field(default_factory=Abilities)
    name: str = "own"

    async def connect(self, report: Any) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("openai", "notes"),
    [
        (OpenAI(local=Own()), [TOOLLESS]),
        (OpenAI(local=Own(Abilities(tools=True))), []),
        (OpenAI(base_url="http://127.0.0.1:9/v1", local=Own()), []),
        (OpenAI(), []),
    ],
)
async def test_a_model_that_cannot_use_tools_is_told_of_before_it_is_asked(openai: OpenAI, notes: list[str]):
    request = Request({"type": "http", "headers": [], "app": Starlette()})
    told = json.loads(bytes((await Front(openai).show(request)).body))
    assert (told["name"], told["notes"]) == ("toolpost", notes)
