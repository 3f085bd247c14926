"""An event is one line, whatever is in it, and names the call that it is about."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import Context, Host, Tool, hookimpl
from toolpost.logs.formats import LONGEST, Json, Text
from toolpost.middleware.trace import Trace

NASTY = "a\r\nb\x1b[31mc\u2028d\u2029e\x85f\u202eg\x00h\x7fi\ud800j\u200bk"
CONTROL = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x202E, 0x200B, 0xFEFF)]


def same(text: str) -> str:
    return text


def event(message: str, *arguments: Any, name: str = "toolpost", **more: Any) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "x.py", 1, message, arguments, more.get("exc_info"))


def fail() -> BaseException:
    try:
        raise ValueError("canary")
    except ValueError as error:
        return error


@pytest.fixture(params=[Json(same), Text(same)], ids=["json", "text"])
def form(request: pytest.FixtureRequest) -> logging.Formatter:
    formatter: logging.Formatter = request.param
    return formatter


def test_control_characters_are_escaped(form: logging.Formatter):
    line = form.format(event("%s", NASTY, name=NASTY))
    assert not [char for char in CONTROL if char in line]
    line.encode()


@pytest.mark.parametrize("char", ["x", "\n", "é", "\U0001f600", '"', "\\", "\ud800", "\x7f"])
def test_a_line_has_an_end(form: logging.Formatter, char: str):
    line = form.format(event("%s", char * 1_000_000, name=char * 1_000_000))
    assert len(line.encode()) <= LONGEST


def test_a_crash_is_one_line_without_the_text_of_the_exception(form: logging.Formatter):
    error = fail()
    line = form.format(event("it failed", exc_info=(type(error), error, error.__traceback__)))
    assert "\n" not in line
    assert "ValueError" in line
    assert "in fail" in line
    assert "canary" not in line


def test_json_says_when_what_and_where():
    said = json.loads(Json(same).format(event("%d of %s", 3, "four", name="httpx2")))
    assert said.keys() == {"time", "level", "logger", "message"}
    assert (said["level"], said["logger"], said["message"]) == ("WARNING", "httpx2", "3 of four")
    assert said["time"].endswith("+00:00")


@given(st.text())
def test_json_gives_back_what_was_said(message: str):
    line = Json(same).format(event("%s", message))
    assert json.loads(line)["message"] == message
    assert line.isascii()


def test_a_message_that_is_cut_is_still_json():
    error = fail()
    record = event('"\\\u2028' * 5_000, exc_info=(type(error), error, error.__traceback__))
    assert json.loads(Json(same).format(record))["message"].endswith("…")


def test_all_fields_pass_the_redaction(form: logging.Formatter):
    def hide(text: str) -> str:
        return text.replace("secret", "(hidden)")

    type(form).__init__(form, hide)
    try:
        assert "secret" not in form.format(event("a %s", "secret"))
    finally:
        type(form).__init__(form, same)


def test_on_a_terminal_a_crash_has_lines_of_its_own():
    assert Text(same, lines=True).format(event("call x crashed\nValueError\n  a.py:1 in f")).count("\n  ") == 2


class Speaking:
    def __init__(self, format_: Callable[[logging.LogRecord], str]) -> None:
        self.format = format_
        self.lines: list[str] = []

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.speak), Tool(self.speak_from_a_thread)]

    async def speak(self) -> None:
        self.lines.append(self.format(event("hello")))

    def speak_from_a_thread(self) -> None:
        self.lines.append(self.format(event("hello")))


@pytest.mark.parametrize("tool", ["speak", "speak_from_a_thread"])
async def test_a_line_names_the_call_during_which_it_was_written(anyio_backend: str, tool: str):
    speaking, context = Speaking(Json(same).format), Context()
    async with Host({"trace": Trace(), "speaking": speaking}) as host:
        await host.call(tool, {}, context)
    assert json.loads(speaking.lines[0])["call"] == context.call_id
    assert "call" not in json.loads(Json(same).format(event("afterwards")))
