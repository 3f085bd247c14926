"""A running toolpost with servers of others: what they get of us, what is said of them, and what is left of them."""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from reaching import reached
from serving import Served, command, environment, served
from werkzeug import Request, Response

# Says all that it is told, and knows, on stderr; starts another process of its own, whose name it writes down.
GOSSIP = """
import json, os, subprocess, sys
print("I am", sys.argv, dict(os.environ), file=sys.stderr, flush=True)
here = os.path.dirname(os.path.abspath(__file__))
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
with open(os.path.join(here, "pids"), "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
for line in sys.stdin:
    message = json.loads(line)
    print("told", line, file=sys.stderr, flush=True)
    if "id" not in message:
        continue
    answer = {
        "initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "g"}},
        "tools/list": {"tools": [{"name": "environment", "inputSchema": {"type": "object"}}]},
        "tools/call": {"content": [{"type": "text", "text": json.dumps(sorted(os.environ))}]},
    }.get(message["method"])
    body = {"result": answer} if answer else {"error": {"code": -32601, "message": "unknown"}}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **body}), flush=True)
"""
NAMES = ("variable", "env", "argument", "header", "bearer", "userinfo", "query", "body", "ours", "secret")
CANARY = {name: f"canary{number:02d}x7Qf9{'Zt3Lw8' * 3}" for number, name in enumerate(NAMES)}
SECONDS = 10.0
# Seconds after the end of toolpost by which no process of a server is left.
LEFT = 2.0


@pytest.fixture
def gossip(tmp_path: Path) -> Path:
    script = tmp_path / "gossip.py"
    script.write_text(GOSSIP)
    return script


def config(gossip: Path, more: str = "") -> str:
    return f"""[server]
log_level = "DEBUG"
[plugins.upstream]
{more}
[plugins.upstream.servers.gossip]
command = {json.dumps(sys.executable)}
args = [{json.dumps(str(gossip))}, "--api-key={CANARY["argument"]}"]
env = {{ DECLARED = "{CANARY["env"]}", PASSED = "${{CANARY_VARIABLE}}" }}
"""


def unkind(config: str, httpserver: HTTPServer) -> str:
    """The configuration, with servers that refuse and repeat what they were sent."""

    def refuse(request: Request) -> Response:
        return Response(f"{CANARY['body']} {request.headers} {request.url}", 401, {"WWW-Authenticate": "Bearer"})

    httpserver.expect_request("/mcp").respond_with_handler(refuse)
    host = f"127.0.0.1:{httpserver.port}"
    return f"""{config}
[plugins.upstream.servers.web]
url = "http://ann:{CANARY["userinfo"]}@{host}/mcp?key={CANARY["query"]}"
headers = {{ X-Thing = "{CANARY["header"]}", Authorization = "Bearer {CANARY["bearer"]}" }}

[plugins.upstream.servers.machine]
url = "http://{host}/mcp"
auth = "oauth"
oauth = {{ grant = "client_credentials", client_id = "c", client_secret = "{CANARY["secret"]}", issuer = "http://i" }}
"""


@pytest.fixture
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_VARIABLE", CANARY["variable"])
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY["ours"])


def leaks(text: str) -> list[str]:
    return [name for name, canary in CANARY.items() if canary in text]


@pytest.mark.usefixtures("surroundings")
def test_no_secret_of_a_server_leaves_toolpost(tmp_path: Path, gossip: Path, httpserver: HTTPServer) -> None:
    with served(tmp_path / "served", unkind(config(gossip), httpserver)) as server:
        server.handshake()
        assert "result" in server.call("gossip_environment")
        server.answer(server.request("tools/list"))
        server.close_input()
        server.ended()
        assert leaks(server.stderr()) == []
        assert leaks(json.dumps(server.messages)) == []
        assert "gossip" in server.stderr()


@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("check",), ("check", "--json")], ids=" ".join)
def test_no_secret_of_a_server_is_shown(
    tmp_path: Path, gossip: Path, httpserver: HTTPServer, words: tuple[str, ...]
) -> None:
    surroundings = environment(tmp_path, unkind(config(gossip), httpserver))
    run = subprocess.run(
        command("upstream", *words), env=surroundings, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert leaks(run.stdout + run.stderr) == []
    assert run.returncode == (1 if words[0] == "check" else 0)
    assert "web" in run.stdout


@pytest.mark.usefixtures("surroundings")
def test_a_server_sees_what_is_declared_and_nothing_else(tmp_path: Path, gossip: Path) -> None:
    with served(tmp_path / "served", config(gossip)) as server:
        said = json.loads(server.handshake().call("gossip_environment")["result"]["content"][0]["text"])
    assert {"DECLARED", "PASSED", "PATH"} <= set(said)
    foreign = ("TOOLPOST", "OPENAI", "ANTHROPIC", "CANARY")
    assert {name for name in said if name.startswith(foreign)} == {"TOOLPOST_DEPTH"}


def is_running(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@contextmanager
def watched(pids: list[int]) -> Iterator[set[int]]:
    """A descriptor for each process, which can be read when it ends."""
    descriptors = [os.pidfd_open(pid) for pid in pids]
    try:
        yield set(descriptors)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def end_by(number: signal.Signals) -> Callable[[Served], None]:
    return lambda server: server.signal(number)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize(
    "end",
    [end_by(signal.SIGKILL), end_by(signal.SIGTERM), Served.close_input],
    ids=["SIGKILL", "SIGTERM", "end of input"],
)
def test_no_process_outlives_toolpost(tmp_path: Path, gossip: Path, end: Callable[[Served], None]) -> None:
    with served(tmp_path / "served", config(gossip).replace("${CANARY_VARIABLE}", "x")) as server:
        server.handshake().call("gossip_environment")
        pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
        assert all(map(is_running, pids))
        with watched(pids) as ends:
            end(server)
            server.process.wait(SECONDS)
            until = time.monotonic() + LEFT
            while ends and (left := until - time.monotonic()) > 0:
                ends -= set(select.select(ends, [], [], left)[0])
        assert [pid for pid in pids if is_running(pid)] == []


@pytest.mark.usefixtures("surroundings")
def test_a_mistake_in_the_configuration_is_one_line_without_its_secrets(tmp_path: Path, gossip: Path) -> None:
    wrong = config(gossip).replace("env =", "enw =")
    run = subprocess.run(
        command("serve"), env=environment(tmp_path, wrong), input="", capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 2
    assert "unknown key 'enw'; did you mean 'env'?" in run.stderr
    assert leaks(run.stdout + run.stderr) == []


@pytest.mark.usefixtures("surroundings")
def test_a_mistake_in_a_file_of_others_stops_nothing(tmp_path: Path, gossip: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(f'{{"mcpServers": {{"a": {{"url": "nowhere {CANARY["userinfo"]}"}}, "b": ')
    with served(tmp_path / "served", config(gossip, f'files = ["{broken}"]')) as server:
        assert "result" in server.handshake().call("gossip_environment")
        assert "broken.json: cannot be read as JSON" in server.stderr()
        assert leaks(server.stderr()) == []


def test_what_a_client_shows_to_toolpost_reaches_no_server(tmp_path: Path, httpserver: HTTPServer) -> None:
    """MCP 2026-07-28, security best practices: a token is for whom it was made out to."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        message = request.get_json(silent=True) or {}
        found = {
            "initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "s"}},
            "tools/list": {"tools": [{"name": "hi", "inputSchema": {"type": "object"}}]},
            "tools/call": {"content": [{"type": "text", "text": "hello"}]},
        }.get(message.get("method", ""))
        if "id" not in message:
            return Response(status=202 if message else 405)
        body = {"result": found} if found else {"error": {"code": -32601, "message": "unknown"}}
        return Response(json.dumps({"jsonrpc": "2.0", "id": message["id"], **body}), content_type="application/json")

    httpserver.expect_request("/mcp").respond_with_handler(answer)
    token, url = CANARY["bearer"], httpserver.url_for("/mcp")
    settings = f"""[http.tokens.ann]
sha256 = "{hashlib.sha256(token.encode()).hexdigest()}"
principal = "ann"
[plugins.upstream]
[plugins.upstream.servers.web]
url = "{url}"
headers = {{ X-Ours = "yes" }}
"""
    shown = {"cookie": f"a={CANARY['header']}", "x-api-key": CANARY["secret"], "x-forwarded-for": "203.0.113.7"}
    with reached(tmp_path / "served", settings, token=token) as server:
        params = {"name": "web_hi", "arguments": {}, "_meta": {"secret": CANARY["body"]}}
        assert server.rpc("tools/call", params, shown).json["result"]["content"][0]["text"] == "hello"
    assert {request.headers.get("X-Ours") for request in seen} == {"yes"}
    for request in seen:
        assert leaks(f"{request.headers} {request.get_data(as_text=True)} {request.url}") == []
        assert "Authorization" not in request.headers
        assert "203.0.113.7" not in str(request.headers)
