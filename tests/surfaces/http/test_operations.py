"""What an operator asks a running server, and who may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from operating import GUARDED, TOKENS, operated
from reaching import Reached

from toolpost import Host, Unavailable
from toolpost.http.operations.readiness import FRESH, Readiness
from toolpost.http.operations.reasons import without_places
from toolpost.http.operations.vitals import Vitals
from toolpost.store.sqlite import SQLiteStore

CONFIG = (
    GUARDED + "[plugins.metrics]\n[plugins.cache]\n[plugins.ledger]\n[plugins.desk]\n[plugins.frail]\nenabled = false\n"
)
ADMIN = [
    ("GET", "/admin/status"),
    ("GET", "/admin/plugins"),
    ("GET", "/admin/cache"),
    ("DELETE", "/admin/cache"),
    ("GET", "/admin/jobs"),
    ("GET", "/admin/usage"),
    ("GET", "/admin/calls"),
]
BOSS = TOKENS["boss"]
PROMPT = "a-heron-nobody-may-see"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    with operated(tmp_path_factory.mktemp("operated"), CONFIG) as server:
        yield server


def admin(server: Reached, path: str, method: str = "GET") -> Any:
    reply = server.request(method, path, headers={"authorization": f"Bearer {BOSS}"})
    assert reply.status == 200, reply
    return reply.json


def draw(server: Reached, prompt: str) -> Any:
    params = {"name": "draw", "arguments": {"prompt": prompt}}
    return server.rpc("tools/call", params, {"authorization": f"Bearer {TOKENS['ann']}"}).json


def test_health_says_no_more_than_that(server: Reached):
    assert server.get("/health").json == {"status": "ok"}
    assert server.request("HEAD", "/health").status == 200


def test_ready_says_so_to_anyone(server: Reached):
    reply = server.get("/ready")
    assert (reply.status, reply.json) == (200, {"status": "ready", "reasons": []})


def test_a_required_plugin_that_falls_makes_it_unready(tmp_path: Path):
    with operated(tmp_path, GUARDED + "[plugins.frail]\nrequired = true\n") as server:
        assert server.get("/ready").status == 200
        server.request("POST", "/frail/fall", headers={"authorization": f"Bearer {BOSS}"})
        reply = server.get("/ready")
        reasons = ["the plugin frail is required and does not stand"]
        assert (reply.status, reply.json) == (503, {"status": "not ready", "reasons": reasons})
        [frail] = [one for one in admin(server, "/admin/plugins") if one["name"] == "frail"]
        assert frail["state"] == "broken"
        assert "OSError" in frail["reason"]
        assert not [word for word in ("/srv", "hunter2secret9") if word in json.dumps(frail)]


class Broken:
    """A store that cannot be written."""

    def __init__(self) -> None:
        self.asked = 0
        self.works = False

    async def set(self, *given: Any) -> None:
        self.asked += 1
        if not self.works:
            raise Unavailable("the disk is full")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_store_that_cannot_be_written_makes_it_unready():
    readiness = Readiness(Host([]), frozenset(), Vitals(Broken()))  # type: ignore[arg-type]
    assert await readiness.reasons() == ["the store cannot be written"]


async def test_a_folder_that_cannot_be_made_makes_it_unready(tmp_path: Path):
    (tmp_path / "file").write_text("")
    readiness = Readiness(Host([]), frozenset(), Vitals(SQLiteStore(tmp_path / "file" / "store.sqlite3")))
    assert await readiness.reasons() == ["the store cannot be written"]


def test_a_server_whose_store_is_broken_lives_and_is_not_ready(tmp_path: Path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "data").write_text("in the way")
    with operated(tmp_path, "[plugins.desk]\n") as server:
        assert server.get("/health").status == 200
        reply = server.get("/ready")
        assert (reply.status, reply.json["reasons"]) == (503, ["the store cannot be written"])
        assert server.get("/desk/fixed").status == 200


async def test_the_store_is_not_written_for_every_question():
    store, now = Broken(), [100.0]
    readiness = Readiness(Host([]), frozenset(), Vitals(store), clock=lambda: now[0])  # type: ignore[arg-type]
    store.works = True
    assert [await readiness.reasons() for _ in range(3)] == [[], [], []]
    assert store.asked == 1
    now[0] += FRESH
    store.works = False
    assert await readiness.reasons()
    assert store.asked == 2


class Stuck:
    """A store whose file another process has locked."""

    def __init__(self) -> None:
        self.gate = anyio.Event()
        self.done = False

    async def set(self, *given: Any) -> None:
        with anyio.move_on_after(20, shield=True):
            await self.gate.wait()
        self.done = True


async def test_a_store_that_hangs_makes_it_unready_in_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("toolpost.http.operations.readiness.PATIENCE", 0.01)
    store = Stuck()
    async with anyio.create_task_group() as tasks:
        vitals = Vitals(store, beside=tasks.start_soon)  # type: ignore[arg-type]
        readiness = Readiness(Host([]), frozenset(), vitals)
        for _ in range(2):
            assert await readiness.reasons() == ["the store cannot be written"]
        assert not store.done
        store.gate.set()
        await anyio.wait_all_tasks_blocked()
        assert await readiness.reasons() == []


async def test_whoever_is_told_to_end_is_not_ready():
    store = Broken()
    store.works = True
    vitals = Vitals(store)  # type: ignore[arg-type]
    vitals.stopping = True
    assert await Readiness(Host([]), frozenset(), vitals).reasons() == ["toolpost is stopping"]


@pytest.mark.parametrize(("method", "path"), ADMIN)
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer ", "Bearer wrong", f"Bearer {BOSS[:-1]}", f"Basic {BOSS}", BOSS, f"Bearer {BOSS.upper()}"],
)
def test_without_the_operators_token_nothing_is_told(server: Reached, method: str, path: str, authorization: str):
    headers = {"authorization": authorization} if authorization else {}
    assert server.request(method, path, headers=headers).status == 401
    assert server.request(method, f"{path}?token={BOSS}&access_token={BOSS}", headers=headers).status == 401


@pytest.mark.parametrize(("method", "path"), ADMIN)
def test_who_may_call_may_not_administrate(server: Reached, method: str, path: str):
    reply = server.request(method, path, headers={"authorization": f"Bearer {TOKENS['ann']}"})
    assert reply.status == 403
    assert "toolpost tokens add NAME --scope admin" in reply.json["error"]["message"]
    assert 'error="insufficient_scope"' in reply.headers["www-authenticate"]


def test_without_any_tokens_nobody_administrates(tmp_path: Path):
    with operated(tmp_path, "[plugins.desk]\n") as server:
        reply = server.get("/admin/status")
        assert reply.status == 403
        assert "toolpost tokens add NAME --scope admin" in reply.json["error"]["message"]
        assert server.get("/desk/fixed").status == 200
        missing = server.get("/metrics")
        assert missing.status == 404
        assert "[plugins.metrics]" in missing.json["error"]["message"]


def test_status_tells_what_runs(server: Reached):
    status = admin(server, "/admin/status")
    assert status["layers"] == ["metrics", "cache", "ledger"]
    assert status["connections"] >= 1
    assert status["sessions"] == 0
    assert status["process"]["pid"] == server.process.pid
    known = {one["name"]: (one["distribution"], one["state"]) for one in status["plugins"]}
    assert known["cache"] == ("toolpost-cache", "loaded")
    assert known["frail"] == ("", "disabled")


def test_the_cache_is_looked_at_and_cleared(server: Reached):
    for _ in range(2):
        params = {"name": "echo", "arguments": {"text": "twice"}}
        server.rpc("tools/call", params, {"authorization": f"Bearer {TOKENS['ann']}"})
    before = admin(server, "/admin/cache")
    assert (before["hits"], before["entries"]) == (1, 1)
    assert "1" in json.dumps(admin(server, "/admin/cache", "DELETE"))
    assert admin(server, "/admin/cache")["entries"] == 0


def test_jobs_and_what_they_cost_are_told_without_what_was_asked(server: Reached):
    assert draw(server, PROMPT)["result"]["content"]
    assert draw(server, f"{PROMPT} fails")["result"]["isError"]
    jobs = admin(server, "/admin/jobs?limit=2")
    assert {(job["principal"], job["tool"]) for job in jobs} == {("ann", "draw")}
    [usage] = [one for one in admin(server, "/admin/usage") if one["principal"] == "ann"]
    assert usage["jobs"] == 2
    assert usage["daily_usd"] == 2.0
    assert usage["today_usd"] == pytest.approx(usage["set_aside_usd"]) == pytest.approx(1.0)


def test_nothing_for_the_operator_holds_a_secret_a_prompt_or_a_place(server: Reached):
    draw(server, PROMPT)
    server.get(f"/images/{PROMPT}?key={BOSS}")
    texts = [json.dumps(admin(server, path)) for method, path in ADMIN if method == "GET"]
    texts.append(server.get("/metrics").body.decode())
    for text in texts:
        assert not [word for word in (PROMPT, *TOKENS.values(), str(Path(server.errors).parent)) if word in text]


def test_the_log_holds_none_of_it_either(tmp_path: Path):
    with operated(tmp_path, f'[server]\nlog_level = "DEBUG"\n{CONFIG}') as server:
        draw(server, f"{PROMPT} fails")
        server.request("GET", f"/admin/status?password={PROMPT}", headers={"authorization": f"Bearer {PROMPT}"})
        server.request("POST", f"/desk/sum?key={PROMPT}", [PROMPT], {"authorization": f"Bearer {BOSS}"})
        admin(server, "/admin/status")
        assert not [word for word in (PROMPT, *TOKENS.values()) if word in server.stderr()]


def test_metrics_can_be_read_by_prometheus(server: Reached):
    from prometheus_client.parser import text_string_to_metric_families

    draw(server, PROMPT)
    reply = server.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    names = {family.name for family in text_string_to_metric_families(reply.body.decode())}
    assert {"toolpost_calls", "toolpost_info", "process_cpu_seconds"} <= names


def test_series_do_not_grow_with_what_is_asked(server: Reached):
    before = len(server.get("/metrics").body.splitlines())
    for number in range(150):
        server.rpc("tools/call", {"name": f"no-{number}", "arguments": {}}, {"authorization": f"Bearer {BOSS}"})
        server.get(f"/no/such/path/{number}")
    assert len(server.get("/metrics").body.splitlines()) < before + 20


def test_metrics_may_be_for_the_operator_alone(tmp_path: Path):
    with operated(tmp_path, f'[http]\nmetrics = "admin"\n{GUARDED}[plugins.metrics]\n[plugins.desk]\n') as server:
        assert server.get("/metrics").status == 401
        assert server.request("GET", "/metrics", headers={"authorization": f"Bearer {TOKENS['ann']}"}).status == 403
        assert server.request("GET", "/metrics", headers={"authorization": f"Bearer {BOSS}"}).status == 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot open /srv/a b", "cannot open (path) b"),
        ("~/x.toml: missing", "(path): missing"),
        (r"no file C:\Users\ann\x.db", "no file (path)"),
        ("https://example.com/a/b answers 404", "https://example.com/a/b answers 404"),
        ("3/4 of them", "3/4 of them"),
        ("OSError: [Errno 2] No such file: '/etc/x'", "OSError: [Errno 2] No such file: '(path)'"),
    ],
)
def test_reasons_name_no_places(text: str, shown: str):
    assert without_places(text) == shown
