"""A message of a person with the pictures that belong to it, as Chat Completions writes it."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

# As providers take them; larger ones are refused before they are read.
MOST = 20_000_000


def parts(text: str, images: Sequence[Path]) -> str | list[dict[str, Any]]:
    """The text alone, or with its pictures.

    Raises:
        click.UsageError: a file is no picture, or too large.
    """
    if not images:
        return text
    return [{"type": "text", "text": text}, *map(_picture, images)]


def _picture(path: Path) -> dict[str, Any]:
    mime_type = mimetypes.guess_type(path.name)[0] or ""
    if not mime_type.startswith("image/"):
        raise click.UsageError(f"{path}: not the name of a picture; PNG, JPEG, WebP and GIF are")
    try:
        if path.stat().st_size > MOST:
            raise click.UsageError(f"{path}: larger than {MOST // 1_000_000} MB; make it smaller")
        content = path.read_bytes()
    except OSError as error:
        raise click.UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    url = f"data:{mime_type};base64,{base64.b64encode(content).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}
