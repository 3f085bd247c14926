"""TLS by certificate files."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from reaching import CONFIG, Reached, drained, parsed, reached


def certificate(folder: Path, name: str = "server", password: bytes | None = None) -> dict[str, Path]:
    """The files of a certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    kind = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    files = {"certificate": folder / f"{name}.pem", "key": folder / f"{name}.key"}
    files["certificate"].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    files["key"].write_bytes(key.private_bytes(pem, form, kind))
    return files


def config(**files: Path | str) -> str:
    return "[http]\n" + "".join(f'{key} = "{path}"\n' for key, path in files.items()) + CONFIG


def secure(server: Reached, files: dict[str, Path]) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(files["certificate"]))
    return context.wrap_socket(server.connect(), server_hostname="localhost")


def test_requests_are_answered_over_tls(tmp_path: Path):
    files = certificate(tmp_path)
    with reached(tmp_path, config(**files)) as server:
        assert server.url.startswith("https://localhost:")
        head = f"host: localhost:{server.port}\r\norigin: https://localhost:{server.port}\r\nconnection: close\r\n\r\n"
        with secure(server, files) as connection:
            connection.sendall(f"GET /health HTTP/1.1\r\n{head}".encode())
            assert parsed(drained(connection)).status == 200  # type: ignore[arg-type]  # it reads like any socket
        with secure(server, files) as connection:
            plain = head.replace("https:", "http:")
            connection.sendall(f"GET /health HTTP/1.1\r\n{plain}".encode())
            assert parsed(drained(connection)).status == 403  # type: ignore[arg-type]  # it reads like any socket
        server.signal()
        assert server.process.wait(30) == 0


def test_words_in_clear_and_old_versions_get_nothing(tmp_path: Path):
    files = certificate(tmp_path)
    with reached(tmp_path, config(**files)) as server:
        assert b"200" not in server.raw(f"GET /health HTTP/1.1\r\nhost: localhost:{server.port}\r\n\r\n".encode())
        with secure(server, files) as connection:
            assert connection.version() in ("TLSv1.2", "TLSv1.3")
        assert "Traceback" not in server.stderr()


def test_a_handshake_that_does_not_come_is_waited_for_so_long(tmp_path: Path):
    files = certificate(tmp_path)
    hasty = config(**files).replace("[http]", "[http]\npatience = 0.5")
    with reached(tmp_path, hasty) as server, server.connect() as connection:
        assert drained(connection) == b""


def wrong(folder: Path) -> dict[str, tuple[dict[str, Path | str], str]]:
    good, other = certificate(folder), certificate(folder, "other")
    secret = certificate(folder, "secret", b"password")
    garbage = folder / "garbage.pem"
    garbage.write_text("none")
    return {
        "missing": ({**good, "certificate": folder / "gone.pem"}, r"gone.pem cannot be read: No such file"),
        "a missing key": ({**good, "key": folder / "gone.key"}, r"key: .*gone.key cannot be read"),
        "a folder": ({**good, "certificate": folder}, "cannot be read"),
        "garbage": ({**good, "certificate": garbage}, "cannot be used"),
        "another's key": ({**good, "key": other["key"]}, "belong to each other"),
        "no key": ({"certificate": good["certificate"]}, "cannot be used"),
        "only a key": ({"key": good["key"]}, "no certificate"),
        "a password": (dict(secret), "without a password"),
    }


@pytest.mark.parametrize(
    "case", ["missing", "a missing key", "a folder", "garbage", "another's key", "no key", "only a key", "a password"]
)
def test_files_that_do_not_fit_are_named_in_a_line(tmp_path: Path, case: str):
    files, said = wrong(tmp_path)[case]
    with pytest.raises(AssertionError, match=said) as caught, reached(tmp_path, config(**files)):
        pass
    assert "Traceback" not in str(caught.value)


def test_a_path_begins_at_the_configuration(tmp_path: Path):
    certificate(tmp_path)
    with reached(tmp_path, config(certificate="server.pem", key="server.key")) as server:
        assert server.url.startswith("https:")
