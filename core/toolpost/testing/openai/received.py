"""A request as a server of the tests saw it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from typing import Any


@dataclass(frozen=True)
class Upload:
    """A file in a form."""

    name: str
    mime_type: str
    data: bytes


@dataclass(frozen=True)
class Received:
    """A request; the names of headers are in lower case.

    `body` is JSON, or of a form a dictionary: a text for each field, an
    `Upload` for each file, a list where a name came more than once; None
    where there was nothing, bytes where it was neither; `raw` is as it came.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    raw: bytes = field(default=b"", repr=False, compare=False)

    @property
    def streams(self) -> bool:
        """Whether the answer is to come as a stream."""
        return isinstance(self.body, Mapping) and self.body.get("stream") in (True, "true")

    def asks(self, name: str, otherwise: Any = None) -> Any:
        """One field of the body."""
        found = self.body.get(name) if isinstance(self.body, Mapping) else None
        return otherwise if found is None else found


def parsed(kind: str, body: bytes) -> Any:
    """The body of a request by its content type."""
    if not body:
        return None
    if kind.startswith("multipart/"):
        return _form(kind, body)
    try:
        return json.loads(body)
    except ValueError:
        return body


def _form(kind: str, body: bytes) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for part in message_from_bytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP).iter_parts():
        name, data = str(part.get_param("name", header="content-disposition")), bytes(part.get_payload(decode=True))
        file = part.get_filename()
        value = Upload(file, part.get_content_type(), data) if file else data.decode()
        form[name] = value if name not in form else [*_listed(form[name]), value]
    return form


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
