"""All ways of asking the gateway, each telling in the same words what its client saw."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
from reaching import Reached, reached

CONFIG = """
[plugins.trace]
[plugins.limits]
[plugins.pii]
[plugins.injection]
[plugins.validation]
[plugins.timeout]
{layers}
[plugins.openai]
base_url = "{url}"
api_key = "sk-upstream"
serves = "{serves}"
{openai}
[plugins.sqlite]
database = "{database}"
[plugins.gateway]
"""
MODEL = "gpt-4o"
# Emulators break off what they stream, and nothing else.
IN_PIECES = "whole_timeout = 0"


@dataclass(frozen=True)
class Seen:
    """What a client saw: a text, whether it was told that this is all, and an error by its type and status."""

    text: str = ""
    is_whole: bool = False
    error: str = ""
    status: int = 200
    retry_after: str | None = None


@dataclass
class House:
    """A gateway before some provider, with a database of one table `books`."""

    server: Reached

    @property
    def client(self) -> openai.OpenAI:
        url = f"http://127.0.0.1:{self.server.port}/v1"
        return openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=60)


@contextmanager
def house(folder: Path, url: str, serves: str, layers: str = "", openai: str = "") -> Iterator[House]:
    """A house that is open for the block; `openai` are more settings of that plugin."""
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "shop.db"
    with closing(sqlite3.connect(database)) as shop, shop:
        shop.execute("create table books (title text)")
    config = CONFIG.format(url=url, serves=serves, database=database, layers=layers, openai=openai)
    with reached(folder, config) as server:
        yield House(server)


def _completion(house: House, question: str) -> Seen:
    messages: Any = [{"role": "user", "content": question}]
    choice = house.client.chat.completions.create(model=MODEL, messages=messages).choices[0]
    return Seen(choice.message.content or "", choice.finish_reason == "stop")


def _chunks(house: House, question: str) -> Seen:
    messages: Any = [{"role": "user", "content": question}]
    text, is_whole = "", False
    try:
        for chunk in house.client.chat.completions.create(model=MODEL, messages=messages, stream=True):
            text += chunk.choices[0].delta.content or ""
            is_whole = chunk.choices[0].finish_reason is not None
    except openai.APIError as error:
        return _failed(error, text, is_whole)
    return Seen(text, is_whole)


def _response(house: House, question: str) -> Seen:
    made = house.client.responses.create(model=MODEL, input=question)
    return Seen(made.output_text, made.status == "completed", made.error.code if made.error else "")


def _events(house: House, question: str) -> Seen:
    text, is_whole, failure = "", False, ""
    try:
        for event in house.client.responses.create(model=MODEL, input=question, stream=True):
            match event.type:
                case "response.output_text.delta":
                    text += event.delta
                case "response.completed":
                    is_whole = True
                case "response.failed":
                    failure = event.response.error.code if event.response.error else "?"
    except openai.APIError as error:
        return _failed(error, text, is_whole)
    return Seen(text, is_whole, failure)


def _said(house: House, question: str) -> Seen:
    reply = house.server.request("POST", "/chat", {"message": question, "model": MODEL})
    if reply.status != 200:
        return Seen("", False, str(reply.json["error"]), reply.status, reply.headers.get("retry-after"))
    return Seen(reply.json["response"], reply.json["finish_reason"] == "stop")


def _told(house: House, question: str) -> Seen:
    reply = house.server.request("POST", "/chat", {"message": question, "model": MODEL, "stream": True})
    lines = [line.partition(": ") for line in reply.body.decode().splitlines()]
    names = [value for field, _, value in lines if field == "event"]
    told = [json.loads(value) for field, _, value in lines if field == "data"]
    text = "".join(one["text"] for name, one in zip(names, told, strict=True) if name == "text")
    failure = next((one["type"] for name, one in zip(names, told, strict=True) if name == "error"), "")
    return Seen(text, "done" in names, failure)


def _failed(error: openai.APIError, text: str = "", is_whole: bool = False) -> Seen:
    response = getattr(error, "response", None)
    status, after = (response.status_code, response.headers.get("retry-after")) if response is not None else (200, None)
    return Seen(text, is_whole, type(error).__name__, status, after)


def _raised(door: Callable[[House, str], Seen]) -> Callable[[House, str], Seen]:
    def ask(house: House, question: str) -> Seen:
        try:
            return door(house, question)
        except openai.APIError as error:
            return _failed(error)

    return ask


WHOLE = {"chat completion": _raised(_completion), "response": _raised(_response), "/chat": _said}
STREAMED = {"chunks": _chunks, "events": _events, "/chat streamed": _told}
DOORS: dict[str, Callable[[House, str], Seen]] = {**WHOLE, **STREAMED}
