"""JSON with comments: found where it stands, so that one member can change and all else stays as it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

TOKEN = re.compile(
    r'(?P<trivia>\s+|//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<mark>[{}\[\]:,])|(?P<word>[^\s{}\[\]:,"/]+)',
    re.DOTALL,
)
DEEPEST = 100


@dataclass(frozen=True)
class Token:
    """A piece of the text that is no comment and no space."""

    text: str
    start: int
    end: int


@dataclass
class Value:
    """A value with its place in the text; `members` where it is an object, `comma` if one stands after the last."""

    plain: Any
    start: int
    end: int = 0
    members: dict[str, Member] = field(default_factory=dict)
    comma: bool = False


@dataclass(frozen=True)
class Member:
    """A member of an object; `start` is that of its key."""

    start: int
    value: Value


def parse_jsonc(text: str) -> Value:
    """The value that a text stands for.

    Raises:
        ValueError: it is no JSON, or an object has a key twice.
    """
    reader = Reader(text)
    value = reader.value(0)
    if reader.at < len(reader.tokens):
        reader.fail("something stands after its end")
    return value


class Reader:
    """Reads tokens from the first to the last."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.tokens = list(_tokens(text))
        self.at = 0

    def value(self, depth: int) -> Value:
        """The value that begins here."""
        token = self._next()
        if depth > DEEPEST:
            self.fail("it is nested too deeply")
        match token.text:
            case "{":
                return self._object(token.start, depth)
            case "[":
                return self._array(token.start, depth)
            case "}" | "]" | ":" | ",":
                self.fail(f"{token.text!r} stands where a value should")
        return Value(json.loads(token.text, parse_constant=self._no_constant), token.start, token.end)

    def fail(self, why: str) -> NoReturn:
        """Say what is wrong, and on which line."""
        token = self.tokens[min(self.at, len(self.tokens)) - 1] if self.tokens else Token("", 0, 0)
        raise ValueError(f"{why}: line {self._text.count(chr(10), 0, token.start) + 1}")

    def _object(self, start: int, depth: int) -> Value:
        found = Value({}, start)
        while (token := self._next()).text != "}":
            key = json.loads(token.text) if token.text.startswith('"') else self.fail("a key must be a text")
            if key in found.members:
                self.fail("a key stands in it twice")
            if self._next().text != ":":
                self.fail("a colon is missing")
            value = self.value(depth + 1)
            found.members[key] = Member(token.start, value)
            found.plain[key] = value.plain
            found.comma = self._comma("}")
        found.end = self.tokens[self.at - 1].end
        return found

    def _array(self, start: int, depth: int) -> Value:
        found = Value([], start)
        while self._peek() != "]":
            found.plain.append(self.value(depth + 1).plain)
            self._comma("]")
        found.end = self._next().end
        return found

    def _comma(self, end: str) -> bool:
        """Whether a comma follows, as it must before anything but the end."""
        if self._peek() == ",":
            self.at += 1
            return True
        if self._peek() != end:
            self.fail("a comma is missing")
        return False

    def _peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def _next(self) -> Token:
        if self.at >= len(self.tokens):
            self.fail("it ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def _no_constant(self, word: str) -> NoReturn:
        self.fail(f"{word} is no JSON")


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"something in it is neither JSON nor a comment: line {text.count(chr(10), 0, at) + 1}")
        if found.lastgroup != "trivia":
            yield Token(found[0], at, found.end())
        at = found.end()
