"""Whether a plugin's code has anything to do with networks, read as text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from toolpost.plugins.sources import source_of

MODULES = frozenset(
    """
    aiohttp anthropic boto3 ftplib http.client httpcore httpx httpx2 niquests openai requests smtplib socket
    urllib.request urllib3 websockets
    """.split()  # noqa: SIM905 - as a list of texts it would be a page
)


def network_module(module: str) -> str:
    """The first module for networks that a plugin's package imports anywhere; empty if there is none."""
    source = source_of(module.partition(".")[0])
    if source is None:
        return ""
    files = sorted(source.parent.rglob("*.py")) if source.name == "__init__.py" else [source]
    for file in files:
        try:
            tree = ast.parse(file.read_text("utf-8"))
        except (OSError, ValueError, SyntaxError):
            continue
        for name in _imported(tree):
            if name in MODULES or name.partition(".")[0] in MODULES:
                return name
    return ""


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
