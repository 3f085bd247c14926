"""The OpenAPI document is valid and true, and the page that shows it is our own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from operating import GUARDED, TOKENS, operated
from reaching import Reached

PLUGINS = "[plugins.metrics]\n[plugins.cache]\n[plugins.ledger]\n[plugins.desk]\n"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    with operated(tmp_path_factory.mktemp("described"), GUARDED + PLUGINS) as server:
        yield server


@pytest.fixture(scope="module")
def document(server: Reached) -> Any:
    return server.get("/openapi.json").json


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in document["paths"].items():
        yield from ((path, method, operation) for method, operation in item.items())


def test_it_is_valid(document: Any):
    validate = pytest.importorskip("openapi_spec_validator").validate
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_route_is_described(document: Any):
    ours = {"/", "/health", "/ready", "/metrics", "/docs", "/openapi.json", "/admin/status", "/admin/plugins", "/mcp"}
    theirs = {"/admin/cache", "/admin/jobs", "/admin/usage", "/admin/calls", "/desk/{name}", "/desk/sum"}
    assert ours | theirs <= document["paths"].keys()


def test_what_only_pages_load_is_left_out(server: Reached, document: Any):
    assert server.get("/docs/docs.js").status == 200
    assert not [path for path in document["paths"] if path.startswith("/docs/")]


def test_every_operation_has_a_summary_an_owner_and_failures(document: Any):
    known = {tag["name"] for tag in document["tags"]}
    for path, method, operation in operations(document):
        assert operation["summary"], (path, method)
        assert set(operation["tags"]) <= known
        assert {"4XX", "5XX"} <= operation["responses"].keys(), (path, method)


def test_operations_say_who_may(document: Any):
    for path, method, operation in operations(document):
        if path.startswith("/admin"):
            assert operation["security"] == [{"bearer": ["admin"]}], (path, method)
    assert document["paths"]["/health"]["get"]["security"] == []
    assert document["paths"]["/desk/{name}"]["get"]["security"] == [{"bearer": ["call"]}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_what_toolpost_fills_is_no_parameter(document: Any):
    operation = document["paths"]["/desk/{name}"]["get"]
    assert [one["name"] for one in operation["parameters"]] == ["name", "loud"]
    assert operation["summary"] == "Greet somebody"


def test_without_tokens_calls_need_none(tmp_path: Path):
    with operated(tmp_path, "[plugins.desk]\n") as server:
        paths = server.get("/openapi.json").json["paths"]
        assert paths["/desk/{name}"]["get"]["security"] == [{"bearer": ["call"]}, {}]
        assert paths["/admin/status"]["get"]["security"] == [{"bearer": ["admin"]}]


@pytest.mark.parametrize("path", ["/docs", "/docs/pages.css", "/docs/docs.js"])
def test_pages_run_nothing_that_is_not_ours(server: Reached, path: str):
    reply = server.get(path)
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert not re.search(rb"(?:src|href|url)\W{1,3}(?:https?:)?//", reply.body)


def test_pages_have_nothing_inline(server: Reached):
    page = server.get("/docs").body.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)


def test_the_front_page_is_for_people_and_for_programs(tmp_path: Path):
    with operated(tmp_path, "[plugins.metrics]\n") as server:
        assert server.get("/").json["links"]["MCP"] == "/mcp"
        reply = server.get("/", accept="text/html,*/*")
        assert reply.headers["content-type"].startswith("text/html")
        assert b'href="/docs"' in reply.body
        assert "unsafe" not in reply.headers["content-security-policy"]


@pytest.mark.slow
def test_the_page_shows_every_route_in_a_browser(server: Reached, document: Any, tmp_path: Path):
    chromium = shutil.which("chromium") or pytest.skip("no chromium")
    options = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}",
        "--virtual-time-budget=8000",
    ]
    url = f"http://localhost:{server.port}/docs"
    command = [chromium, *options, "--virtual-time-budget=8000", "--dump-dom", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    shown = re.findall(r'<details class="route" id="(\w+)-([^"]+)"', done.stdout)
    assert sorted(shown) == sorted((method, path) for path, method, _ in operations(document))


@pytest.mark.slow
@pytest.mark.parametrize("token", [None, *TOKENS])
def test_what_is_answered_is_what_is_described(server: Reached, tmp_path: Path, token: str | None):
    pytest.importorskip("schemathesis")
    options = ["--checks", ",".join(CHECKS), "--max-examples", "25", "--seed", "1", "--no-color"]
    # One of the desk's routes is there to fail.
    options += ["--exclude-path-regex", "fails"]
    if token:
        options += ["--header", f"Authorization: Bearer {TOKENS[token]}"]
    run = [sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{server.port}/openapi.json", *options]
    done = subprocess.run(run, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-4000:]
    assert server.get("/health").status == 200
