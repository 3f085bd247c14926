"""A reload over HTTP: tokens, origins and routes are those of the file, once it is taken up."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from reaching import CONFIG, Reached, reached
from serving import command, environment

ORIGIN = "https://app.example.com"


def token(name: str) -> str:
    return f'[http.tokens.{name}]\nsha256 = "{hashlib.sha256(name.encode()).hexdigest()}"\nprincipal = "{name}"\n'


def reload(server: Reached, config: str) -> subprocess.CompletedProcess[str]:
    folder = server.errors.parent
    surroundings = environment(folder, config)
    return subprocess.run(command("reload"), env=surroundings, cwd=folder, capture_output=True, text=True, timeout=60)


def test_origins_tokens_and_routes_are_those_of_the_file(tmp_path: Path):
    with reached(tmp_path, f'[http]\norigins = ["{ORIGIN}"]\n{token("ann")}{CONFIG}[plugins.metrics]\n') as server:
        server.token = "ann"
        assert server.get("/health", origin=ORIGIN).status == 200
        assert server.get("/metrics").status == 200
        done = reload(server, f"{token('bob')}{CONFIG}")
        assert done.returncode == 0, done.stdout + done.stderr
        assert server.get("/health", origin=ORIGIN).status == 403
        assert server.get("/metrics").status == 404
        assert server.rpc("tools/list").status == 401
        server.token = "bob"
        server.alive()


def test_a_wrong_file_changes_nothing(tmp_path: Path):
    with reached(tmp_path, token("ann") + CONFIG) as server:
        server.token = "ann"
        assert reload(server, token("bob") + "[plugins.nothing]\n").returncode == 1
        server.alive()


def test_the_last_token_that_goes_lets_nobody_in(tmp_path: Path):
    with reached(tmp_path, token("ann") + CONFIG, "--host", "0.0.0.0") as server:
        server.token = "ann"
        server.alive()
        assert reload(server, CONFIG).returncode == 0
        assert server.rpc("tools/list").status == 401
