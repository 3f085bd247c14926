"""A small authorization server on loopback, and whatever it signs."""

from __future__ import annotations

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Answer = tuple[int, dict[str, str], bytes]


class Authority:
    """Signs, and publishes what others need to check it; `replies` stands in for what it would answer at a path."""

    def __init__(self, path: str = "") -> None:
        self.path = path
        self.keys: dict[str, Any] = {}
        self.published: list[str] = []
        self.asked: Counter[str] = Counter()
        self.replies: dict[str, Answer] = {}
        self.grants: dict[str, dict[str, str]] = {}
        self.url = ""
        self.add("first")

    @property
    def issuer(self) -> str:
        return self.url + self.path

    def add(self, name: str, algorithm: str = "RS256", *, publish: bool = True) -> None:
        """A key of this name."""
        made = (
            ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else rsa.generate_private_key(65537, 2048)
        )
        self.keys[name] = (made, algorithm)
        if publish:
            self.published.append(name)

    def jwks(self) -> dict[str, Any]:
        return {"keys": [self._public(name) for name in self.published]}

    def _public(self, name: str) -> dict[str, Any]:
        key, algorithm = self.keys[name]
        kind = jwt.algorithms.ECAlgorithm if algorithm == "ES256" else jwt.algorithms.RSAAlgorithm
        return {**json.loads(kind.to_jwk(key.public_key())), "kid": name, "use": "sig", "alg": algorithm}

    def token(self, key: str = "first", head: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token as it should be, but for the claims that are given; `...` leaves one out."""
        now = int(time.time())
        said = {"iss": self.issuer, "sub": "ann", "iat": now, "exp": now + 600, **claims}
        said = {name: value for name, value in said.items() if value is not ...}
        signer, algorithm = self.keys[key]
        said_of_it = {"kid": key, "typ": "at+jwt", **(head or {})}
        headers = {name: value for name, value in said_of_it.items() if value is not ...}
        return jwt.encode(said, signer, algorithm, headers=headers)

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        parts = urlsplit(target)
        self.asked[parts.path] += 1
        if parts.path in self.replies:
            return self.replies[parts.path]
        match parts.path.removeprefix(self.path):
            case "/jwks":
                return _json(self.jwks())
            case "/authorize":
                return self._authorize(parse_qs(parts.query))
            case "/token":
                return self._token(parse_qs(body.decode()))
            case "/register":
                return _json({**json.loads(body), "client_id": "client", "token_endpoint_auth_method": "none"}, 201)
        if parts.path == f"/.well-known/oauth-authorization-server{self.path}":
            return _json(self.metadata())
        return 404, {}, b""

    def metadata(self) -> dict[str, Any]:
        paths = {"authorization": "authorize", "token": "token", "registration": "register"}
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            **{f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in paths.items()},
        }

    def _authorize(self, query: dict[str, list[str]]) -> Answer:
        """The person agrees at once."""
        code = f"code-{len(self.grants)}"
        self.grants[code] = {name: values[0] for name, values in query.items()}
        back = urlencode({"code": code, "state": query["state"][0], "iss": self.issuer})
        return 302, {"location": f"{query['redirect_uri'][0]}?{back}"}, b""

    def _token(self, form: dict[str, list[str]]) -> Answer:
        grant = self.grants[form["code"][0]]
        token = self.token(aud=grant["resource"], scope=grant.get("scope", ""))
        return _json({"access_token": token, "token_type": "Bearer", "expires_in": 600})


def unsigned(claims: dict[str, Any]) -> str:
    """A token that says it needs no signature."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join([*(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), ""])


def _json(value: Any, status: int = 200) -> Answer:
    return status, {"content-type": "application/json"}, json.dumps(value).encode()


@contextmanager
def authority(path: str = "") -> Iterator[Authority]:
    """A running authorization server."""
    made = Authority(path)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, headers, answer = made.answer(self.command, self.path, body)
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET

        def log_message(self, *given: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
