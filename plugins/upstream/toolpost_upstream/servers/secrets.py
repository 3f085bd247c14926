"""The values of a server that nobody else may see: it is told them, and may repeat them."""

from __future__ import annotations

from collections.abc import Sequence

from toolpost_upstream.servers.server import Server

# Shorter ones are switches and numbers, which stand everywhere.
SHORTEST = 6


def secrets_of(server: Server) -> list[str]:
    """Values of variables and headers, and the secret of its client; the longest first."""
    headers = [value.get_secret_value() for value in server.headers.values()]
    given = [*server.env.values(), *headers, server.oauth.client_secret.get_secret_value()]
    # `Bearer …` may come back without its first word, and a key of many lines line by line.
    parts = [part for value in given for part in (value, value.partition(" ")[2], *value.splitlines())]
    return sorted({part.strip() for part in parts if len(part.strip()) >= SHORTEST}, key=len, reverse=True)


def without(text: str, secrets: Sequence[str]) -> str:
    """A text in which none of these stands."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
