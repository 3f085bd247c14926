"""What the tests of the `pictures` plugin share: pictures, the plugin, and a web server that says what a test wants."""

from __future__ import annotations

import datetime
import io
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from toolpost import Artefacts, Reader
from toolpost_pictures import Pictures

Answer = Callable[[socket.socket, threading.Event], None]
NAMES = ("localhost", "pictures.test", "other.test")


class WebServer(socketserver.ThreadingTCPServer):
    """An HTTPS server on loopback; each path answers with bytes as they stand, or with a function of the socket."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), None)
        self.context = context
        self.answers: dict[str, bytes | Answer] = {}
        self.requests: list[str] = []
        self.connections = 0
        self.names: list[str | None] = []
        self.over = threading.Event()
        if context is not None:
            context.sni_callback = lambda _, name, __: self.names.append(name)

    @property
    def port(self) -> int:
        return self.server_address[1]

    def url(self, path: str, host: str = "localhost") -> str:
        return f"{'https' if self.context else 'http'}://{host}:{self.port}{path}"

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.connections += 1
        return True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what many tests are about."""

    def finish_request(self, request: Any, client_address: Any) -> None:
        stream = self.context.wrap_socket(request, server_side=True) if self.context else request
        with stream:
            head = b""
            while b"\r\n\r\n" not in head and (more := stream.recv(65536)):
                head += more
            self.requests.append(head.decode())
            answer = self.answers.get(head.split(b" ")[1].decode(), b"HTTP/1.1 404 Nothing\r\n\r\n")
            if callable(answer):
                answer(stream, self.over)
            else:
                stream.sendall(answer)

    @staticmethod
    def said(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
        lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def serve_picture(self, path: str, body: bytes, *headers: str) -> None:
        self.answers[path] = self.said(body, f"Content-Length: {len(body)}", *headers)

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.answers[path] = f"HTTP/1.1 {status} There\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for the names of the tests, which vouches for itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "toolpost's tests")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(host) for host in NAMES] + [x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("authority")
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(certificate.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    return folder / "ca.pem", folder / "key.pem"


@pytest.fixture
def serving(authority: tuple[Path, Path]) -> Iterator[Callable[..., WebServer]]:
    """Starts servers: of HTTPS, or of plain HTTP."""
    running: list[WebServer] = []

    def start(*, tls: bool = True) -> WebServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority)
        server = WebServer(context if tls else None)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.over.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def web(serving: Callable[..., WebServer]) -> WebServer:
    return serving()


@pytest.fixture
def plugin(tmp_path: Path, authority: tuple[Path, Path]) -> Callable[..., Pictures]:
    """Builds the plugin, as a configuration would."""

    def build(**settings: Any) -> Pictures:
        services = {"artefacts": Artefacts(tmp_path / "artefacts"), "reader": Reader()}
        return Pictures(**{**services, "ca_file": authority[0], **settings})

    return build


@pytest.fixture(scope="session")
def drawn() -> Callable[..., bytes]:
    """Draws a small picture of a file format and a mode of Pillow's."""
    from PIL import Image

    def draw(name: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
        file = io.BytesIO()
        Image.linear_gradient("L").resize(size).convert(mode).save(file, name, **options)
        return file.getvalue()

    return draw
