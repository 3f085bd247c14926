"""Texts that are no texts: bytes in base64, data URLs and handles, which nobody may look into or change."""

from __future__ import annotations

import re

from toolpost.artefacts import HANDLE

# Shorter than this is no file; a key or a token may well be that long.
SHORT = 512
HEAD = 128
DATA_URL = re.compile(r"data:[^,\s]{0,100};base64,[0-9A-Za-z+/]*={0,2}\s*")
# Each line ends before the next begins, so that there is one way to read a text, and time grows with its length alone.
BASE64 = re.compile(r"[0-9A-Za-z+/]{64,76}(?:\r?\n)?(?:[0-9A-Za-z+/]+\r?\n)*[0-9A-Za-z+/]*={0,2}\s*")
# What must be given back to read it again: a scheme of somebody's own and a name that says nothing.
OWN_HANDLE = re.compile(r"(?!https?:|ftp:|mailto:|tel:|sms:)[a-z][a-z0-9+.\-]*://[0-9A-Za-z_./\-]*")


def is_binary(text: str) -> bool:
    """Whether a long text is one file in base64, bare or as a data URL."""
    head = text[:HEAD]
    if " " in head or not head.isascii():
        return False
    if head.startswith("data:"):
        return DATA_URL.fullmatch(text) is not None
    mixed = any(map(str.islower, head)) and any(map(str.isupper, head)) and any(map(str.isdigit, head))
    return mixed and BASE64.fullmatch(text) is not None


def is_handle(uri: str) -> bool:
    """Whether a URI is a handle of this host or of a plugin, which would lead nowhere once it is masked."""
    return HANDLE.fullmatch(uri) is not None or OWN_HANDLE.fullmatch(uri) is not None
