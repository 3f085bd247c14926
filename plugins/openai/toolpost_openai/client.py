"""The SDK's client, made so that it sends nothing twice and takes nothing from the environment."""

from __future__ import annotations

import httpx2
import openai

from toolpost_openai.server import Server


def build(server: Server, *, organization: str, project: str, silence: float, connect: float) -> openai.AsyncOpenAI:
    """A client of one server; `silence` and `connect` are seconds.

    `max_retries=0`, because the SDK repeats what may have been carried out.
    """
    client = openai.AsyncOpenAI(
        # Servers without a key ignore this one; the SDK insists on some.
        api_key=server.api_key or "no-key",
        admin_api_key="",
        base_url=server.base_url,
        max_retries=0,
        timeout=httpx2.Timeout(silence, connect=connect),
        # A proxy of the environment would look for this machine's loopback on its own.
        http_client=openai.DefaultAsyncHttpxClient(trust_env=not server.is_loopback),
    )
    # Not to the constructor, which would fill in the environment's for what is empty.
    client.organization = organization or None
    client.project = project or None
    return client
