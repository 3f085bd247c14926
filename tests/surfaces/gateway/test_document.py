"""The OpenAPI document tells of these routes, and they answer as it says whatever they are sent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from answering import Gate

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def test_every_route_is_described(gate: Gate):
    paths: Any = gate.server.get("/openapi.json").json["paths"]
    asked = {
        "/v1": {"get"},
        "/v1/models": {"get"},
        "/v1/models/{model}": {"get"},
        "/v1/chat/completions": {"post"},
        "/v1/responses": {"post"},
        "/v1/responses/{response}": {"get", "delete"},
    }
    assert {path: set(item) for path, item in paths.items() if path.startswith("/v1")} == asked
    assert {path for path in paths if path.startswith("/chat/page")} == set()
    assert set(paths["/chat"]) == {"get", "post"}
    body = paths["/v1/chat/completions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "messages" in body["properties"]


@pytest.mark.slow
def test_what_is_answered_is_what_is_described(gate: Gate, tmp_path: Path):
    pytest.importorskip("schemathesis")
    options = ["--checks", ",".join(CHECKS), "--max-examples", "60", "--seed", "1", "--no-color"]
    options += ["--include-path-regex", "^/v1"]
    run = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "run",
        f"http://127.0.0.1:{gate.server.port}/openapi.json",
        *options,
    ]
    done = subprocess.run(run, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-4000:]
