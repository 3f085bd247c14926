"""Fetches pip itself from the package index, for a Python that came without any."""

import hashlib
import os
import re
from configparser import ConfigParser
from html import unescape
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

WHEEL = "pip-26.3-py3-none-any.whl"
SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"


def fetch(index: str, folder: Path, wheel: str = WHEEL, sha256: str = SHA256) -> Path:
    """Download the pinned pip by the index's simple API (PEP 503); raises OSError."""
    page, url = _read(f"{index.rstrip('/')}/pip/")
    link = re.search(rf'href="([^"#]*{re.escape(wheel)}(?:\?[^"#]*)?)["#]', page.decode())
    if not link:
        raise OSError(f"{url} does not offer it")
    content, url = _read(urljoin(url, unescape(link.group(1))))
    if hashlib.sha256(content).hexdigest() != sha256:
        raise OSError(f"{url} is not the file that was published")
    path = folder / wheel
    path.write_bytes(content)
    return path


def index() -> str:
    """The package index that pip is configured for."""
    configured = ConfigParser(interpolation=None, strict=False)
    home = Path.home()
    configured.read([Path("/etc/pip.conf"), home / ".pip/pip.conf", home / ".config/pip/pip.conf"])
    in_file = configured.get("global", "index-url", fallback=None)
    return os.environ.get("PIP_INDEX_URL") or in_file or "https://pypi.org/simple"


def _read(url: str) -> tuple[bytes, str]:
    """What lies at an address, and the address that it was in the end."""
    with urlopen(url, timeout=60) as answer:  # noqa: S310 - the person's own configuration, or PyPI
        return answer.read(), answer.url
