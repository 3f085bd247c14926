"""Takes secrets out of what is recorded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from toolpost.testing.openai.received import Upload

HIDDEN = "(hidden)"
# Keys as providers form them, tokens, and what is named as one in an address or in JSON.
KEYS = re.compile(
    r"sk-[A-Za-z0-9_-]{8,}|xox[a-z]-[\w-]{8,}|gh[opsu]_\w{20,}|AIza[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]+\.[\w-]+"
    r"|(?<=Bearer )[\w.~+/-]{8,}=*"
    r"|(?<=[?&]key=)[^&\"\s]+|(?<=[?&]api_key=)[^&\"\s]+|(?<=[?&]token=)[^&\"\s]+|(?<=[?&]access_token=)[^&\"\s]+"
)
NAMED = re.compile(
    r'("(?:[\w-]*(?:api[_-]?key|password|secret|access_token|refresh_token|authorization))"\s*:\s*)"[^"]*"',
    re.IGNORECASE,
)
# Headers whose values are secrets, wherever else they turn up.
SECRET_HEADERS = re.compile(r"authorization|cookie|key|token|secret|organization|project", re.IGNORECASE)
SHORTEST = 6


class Scrubber:
    """Replaces secrets in texts: those it knows, and what is formed or named like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known = {secret for secret in secrets if secret}

    def learn(self, headers: Mapping[str, str]) -> None:
        """Remember the secrets of a request, of which answers may quote a part."""
        for name, value in headers.items():
            if SECRET_HEADERS.search(name):
                self._known |= {word for word in value.split() if len(word) >= SHORTEST}

    def __call__(self, text: str) -> str:
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return NAMED.sub(rf'\1"{HIDDEN}"', KEYS.sub(HIDDEN, text))


def plain(value: Any) -> Any:
    """The body of a request as JSON; a file is what its content is, by SHA-256."""
    match value:
        case Upload(name, mime_type, data):
            return {"file": name, "type": mime_type, "sha256": hashlib.sha256(data).hexdigest()}
        case bytes():
            return {"sha256": hashlib.sha256(value).hexdigest()}
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case _:
            return value
