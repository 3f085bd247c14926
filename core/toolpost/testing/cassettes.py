"""Real traffic, recorded once and replayed strictly: for tests against what a provider really says."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from toolpost.testing.forwarding import forwarded
from toolpost.testing.openai.received import Received
from toolpost.testing.openai.wire import Answer, whole
from toolpost.testing.scrubbing import Scrubber, plain
from toolpost.testing.serving import Loopback

RECORD = "TOOLPOST_RECORD"
VERSION = 1
# A status that no client tries again.
MISMATCH = 400


class CassetteError(AssertionError):
    """What was sent is not what was recorded."""


class Cassette(Loopback):
    """A server on loopback that records what goes to `upstream`, or replays it without a network.

    ```python
    with Cassette(Path("tests/cassettes/capital.json"), "https://api.openai.com/v1") as cassette:
        async with open_host(OpenAI(base_url=cassette.base_url, api_key=key), Chat) as host: ...
    ```

    It replays, unless `record` is true or the environment says
    `TOOLPOST_RECORD=1`; then the file is written anew at the end. Replaying is
    strict: each request must equal one that was recorded and not yet
    replayed, and all must have been at the end, else the block raises
    `CassetteError`. Of headers only the content type is kept; keys are taken
    out of everything else, and so is what `secrets` lists.
    """

    def __init__(self, path: Path, upstream: str, *, record: bool | None = None, secrets: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.path = path
        self.upstream = upstream.rstrip("/")
        self.recording = os.environ.get(RECORD) == "1" if record is None else record
        self.wrong: list[str] = []
        self._scrub = Scrubber(secrets)
        self._lock = Lock()
        self._left: list[dict[str, Any]] = [] if self.recording else _read(path)

    @property
    def base_url(self) -> str:
        """What to set as `base_url` in place of the upstream's."""
        return self.address

    def respond(self, request: Received) -> Answer:
        """Forward a request and write it down, or find it among those that were."""
        if not self.recording:
            return self._replay(self._key(request))
        self._scrub.learn(request.headers)
        status, kind, body = forwarded(self.upstream, request)
        text, replayed = self._scrub(body.decode("utf-8", "replace")), _answer(status, kind, body)
        with self._lock:
            self._left.append(
                {"request": self._key(request), "response": {"status": status, "type": kind, "body": text}}
            )
        return replayed

    def __exit__(self, *raised: object) -> None:
        super().__exit__(*raised)
        if self.recording:
            _write(self.path, self._left)
        elif raised[0] is None:
            self._settle()

    def _replay(self, key: Mapping[str, Any]) -> Answer:
        with self._lock:
            for place, item in enumerate(self._left):
                if item["request"] == key:
                    said = self._left.pop(place)["response"]
                    return _answer(said["status"], said["type"], said["body"].encode())
            self.wrong.append(f"{key['method']} {key['path']} was not recorded as it was sent{self._difference(key)}")
        return whole({"error": {"message": self.wrong[-1], "code": "not_recorded"}}, MISMATCH)

    def _difference(self, key: Mapping[str, Any]) -> str:
        """Which fields of the body are other than in the nearest recording."""
        near = next((item["request"] for item in self._left if item["request"]["path"] == key["path"]), None)
        if near is None:
            return ", or was replayed already"
        sent, recorded = _fields(key["body"]), _fields(near["body"])
        other = sorted(name for name in {*sent, *recorded} if sent.get(name, ...) != recorded.get(name, ...))
        return f": other than recorded: {', '.join(other)}"

    def _settle(self) -> None:
        missing = [
            f"{item['request']['method']} {item['request']['path']} was recorded and not sent" for item in self._left
        ]
        if self.wrong or missing:
            found = "; ".join([*self.wrong, *missing])
            raise CassetteError(f"{self.path}: {found}; record it anew with {RECORD}=1")

    def _key(self, request: Received) -> dict[str, Any]:
        said = {"method": request.method, "path": request.path, "body": plain(request.body)}
        key: dict[str, Any] = json.loads(self._scrub(json.dumps(said, ensure_ascii=False)))
        return key


def _fields(body: Any) -> Mapping[str, Any]:
    return body if isinstance(body, Mapping) else {"body": body}


def _answer(status: int, kind: str, body: bytes) -> Answer:
    if not kind.startswith("text/event-stream"):
        return Answer((body,), status, kind)
    return Answer(tuple(part + b"\n\n" for part in body.split(b"\n\n") if part.strip()), status, kind)


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        tree = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise CassetteError(f"{path} is not recorded yet; run once with {RECORD}=1 and a key") from None
    except ValueError as error:
        raise CassetteError(f"{path} is no cassette: {error}; record it anew with {RECORD}=1") from None
    if not isinstance(tree, dict) or tree.get("cassette") != VERSION:
        raise CassetteError(f"{path} is no cassette of version {VERSION}; record it anew with {RECORD}=1")
    traffic: list[dict[str, Any]] = tree["traffic"]
    return traffic


def _write(path: Path, traffic: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"cassette": VERSION, "traffic": traffic}, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", "utf-8")
