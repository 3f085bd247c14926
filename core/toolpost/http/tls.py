"""TLS by the certificate files of the configuration."""

from __future__ import annotations

import ssl
from pathlib import Path

from toolpost.config.tables import Http
from toolpost.errors import ConfigError


def context(settings: Http, folder: Path) -> ssl.SSLContext | None:
    """What connections are wrapped in, if there is a certificate; relative paths begin at `folder`.

    Raises:
        ConfigError: a file is not there, is none, or one does not belong to the other.
    """
    if not settings.certificate:
        if settings.key:
            raise ConfigError("[http] key: there is a key and no certificate; add certificate, or remove the key")
        return None
    certificate = _file(folder, "certificate", settings.certificate)
    key = _file(folder, "key", settings.key) if settings.key else None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    try:
        # Without this, OpenSSL would ask for the password of a key on the terminal.
        made.load_cert_chain(certificate, key, password=lambda: "")
    except (ssl.SSLError, ValueError, OSError):
        raise ConfigError(
            f"[http] certificate: {certificate} and its key cannot be used; "
            "give the chain and the key, without a password, as PEM files that belong to each other"
        ) from None
    return made


def _file(folder: Path, name: str, given: str) -> Path:
    path = folder / Path(given).expanduser()
    try:
        path.open("rb").close()
    except OSError as error:
        raise ConfigError(f"[http] {name}: {path} cannot be read: {error.strerror or error}") from None
    return path
