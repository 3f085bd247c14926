"""Events as lines: for people, or as JSON for programs."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from toolpost.crash import account
from toolpost.tools.current import CURRENT

Redact = Callable[[str], str]
# Bytes of a line, its end included; see `Stderr`.
LONGEST = 4_000
NAME = 100
LINE_ENDS = " | "
# The only logger whose events have fields, and pass no redaction.
ACCESS = "toolpost.access"


class Text(logging.Formatter):
    """`toolpost: LEVEL: [call] logger: message`; on a terminal an account of a crash has lines of its own."""

    def __init__(self, redact: Redact, *, lines: bool = False) -> None:
        super().__init__()
        self.redact = redact
        self._between = "\n  " if lines else LINE_ENDS

    def format(self, record: logging.LogRecord) -> str:
        call, name = _call(), _one_line(record.name[:NAME])
        head = f"toolpost: {record.levelname}: " + (f"[{call}] " if call else "")
        if name != "root" and not name.startswith("toolpost"):
            head += f"{name}: "
        lines = "\n".join(_said(record)).splitlines()
        redact = self.redact if _fields(record) is None else str
        text = self._between.join(_one_line(line) for line in redact("\n".join(lines)).split("\n"))
        return head + _cut(text, LONGEST - len(head.encode(errors="replace")))


class Json(logging.Formatter):
    """One JSON object a line: time, level, logger, message; call and error where there are such.

    Written by hand, since all a library for this does is put the fields of a
    record into a dictionary, and each of them must pass the redaction here.
    """

    def __init__(self, redact: Redact) -> None:
        super().__init__()
        self.redact = redact

    def format(self, record: logging.LogRecord) -> str:
        if (fields := _fields(record)) is not None:
            return _fitting({**_head(record), **fields})
        message, *error = _said(record)
        event: dict[str, object] = {**_head(record), "message": self.redact(message)}
        if call := _call():
            event["call"] = call
        if error:
            event["error"] = self.redact("\n".join(error)).split("\n")
        return _fitting(event)


def _head(record: logging.LogRecord) -> dict[str, object]:
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return {"time": time, "level": record.levelname, "logger": record.name[:NAME]}


def _fields(record: logging.LogRecord) -> dict[str, object] | None:
    """What an event says in fields of its own, which whoever made it has cleaned: a line of the access log."""
    fields: dict[str, object] | None = getattr(record, "fields", None) if record.name == ACCESS else None
    return fields


def _call() -> str:
    """The call that is running here, if any."""
    context = CURRENT.get()
    return context.call_id if context is not None else ""


def _said(record: logging.LogRecord) -> Iterator[str]:
    """The message, and the places of an exception: never its text, which quotes what it failed on."""
    yield record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        yield from account(record.exc_info[1])


def _one_line(text: str) -> str:
    """A text that can neither end its line nor write on a terminal what it likes."""
    text = text.strip()
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " if char.isspace() else ascii(char)[1:-1] for char in text)


def _cut(text: str, size: int) -> str:
    data = text.encode(errors="replace")
    return text if len(data) <= size else data[: size - 3].decode(errors="ignore") + "…"


def _fitting(event: dict[str, object]) -> str:
    """The event in so many bytes; everything but plain ASCII is escaped, so there are as many characters."""
    while len(line := _dumped(event)) > LONGEST:
        match event.get("error"):
            case [_, _, *_] as lines:
                event["error"] = lines[: len(lines) // 2]
            case [_]:
                event["error"] = []
            case _:
                return _dumped({**event, "message": _shortened(event, str(event["message"]))})
    return line


def _shortened(event: dict[str, object], message: str) -> str:
    """As much of a message as fits; characters differ in how long their escapes are."""

    def is_too_long(size: int) -> bool:
        return len(_dumped({**event, "message": message[:size] + "…"})) > LONGEST

    return message[: max(0, bisect_left(range(len(message)), True, key=is_too_long) - 1)] + "…"


def _dumped(event: dict[str, object]) -> str:
    # Imported with the first line there is: most starts have nothing to say.
    import json

    # JSON lets DEL stand as it is.
    return json.dumps(event, ensure_ascii=True).replace("\x7f", "\\u007f")
