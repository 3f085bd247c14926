"""Secrets that show by what they are called: `password=…`, `"token": "…"`, `Authorization: …`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from toolpost.config.secrets import HIDDEN
from toolpost.logs.issuers import ISSUERS
from toolpost.logs.values import UUID, is_made_up, is_random, is_template

# What such a thing is called. In data, what the first name is hidden whatever it is, the rest where it looks random.
STRONG = re.compile(
    r"(?:^|[^a-z])(?:pass(?:word|wd|phrase|code)?|\w*password|pwd|secret|credentials?|authorization|cookie|otp)$",
    re.IGNORECASE,
)
TELLING = re.compile(
    r"token|key|auth|bearer|credential|secret|passw|pwd|session|client[_\-]?id|signature|sig\b|dsn|salt|webhook|license"
    r"|pat\b|private",
    re.IGNORECASE,
)
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# What a name may say besides, and then it is none: `max_tokens`, `commit_sha`, `key_file`, `public_key`.
HARMLESS = re.compile(
    r"tokens\b|tokeniz|count|length|limit|type|name|file|path|url|uri|format|version|sha\d*\b|hash|digest|checksum"
    r"|commit|etag|rev(?:ision)?(?![a-z])|release|expir|pub(?:lic)?[_\-]?key|public|primary|foreign|sort|partition|cache"
    r"|idempot|field|column|board|policy|rotation|algorithm|size|usage|used|cost|model|author\b|authors|keyword|monkey"
    r"|trace|span|request_id|event|index|enabled|vault|chars|alphabet|pressed",
    re.IGNORECASE,
)
# A name may be quoted as in JSON, or with its value be a tuple, as headers are; after it comes one of many signs.
FIELD = re.compile(
    r"(?<![\w.\-])(?P<name>[\w.\-]{2,80})(?P<quoted>\\?[\"']?\]?)"
    r"(?P<sign>\s{0,3}(?::{1,3}=|\?=|=>|\|\||[:=,>])\s{0,3})[bru]{0,2}(?=[^\s])"
)
# So much of a value without quotes is judged: where it is full of names, each of them has the rest for its value.
VALUE = re.compile(r"\\?\"(?P<double>[^\"\n]+)|\\?'(?P<single>[^'\n]+)|(?P<bare>[^\s,;&\"'()<>{}\[\]|=]{1,256})")
REST = re.compile(r"[^\s,;&\"'()<>{}\[\]|]{0,256}")
END = re.compile(r"[^\s,;&\"'()<>{}\[\]|]*")
HEADER = re.compile(
    r"\b(?:(?:proxy-)?authorization|(?:set-)?cookie|x-api-key)\s{0,3}[:=]\s{0,3}"
    r"(?:(?:bearer|basic|token|digest)\s+)?(?P<value>[^\r\n\"'|]+)",
    re.IGNORECASE,
)
SETTING = re.compile(
    r"key=[\"'][\w.\-]*(?:password|secret|token)[\"']\s+value=[\"'](?P<value>[^\"'\n]{3,})", re.IGNORECASE
)
USER = re.compile(r"\bcurl\b[^\n|]{0,200}?\s(?:-u|--user)[ =]?[\"']?(?P<value>[^\s:\"']*:[^\s\"']*)")
HOOK = re.compile(
    r"(?:hooks\.slack\.com/(?:services|workflows|triggers)|webhook\.office\.com|discord(?:app)?\.com/api/webhooks)"
    r"/(?P<value>[^\s\"'|)]{8,})"
)
BASIC = re.compile(r"\bbasic\s+(?P<value>[A-Za-z0-9+/]{12,}={0,2})", re.IGNORECASE)
# `curl -u user:pass` is what manuals write.
PLAIN = re.compile(r"[a-z]{0,8}|[A-Z]{0,8}|(?i:username|password)")
# `["password", "token"]` is a list of names.
NAME = re.compile(r"[a-z_\-]+")


def without_fields(text: str) -> str:
    """The text with the values of what is called a secret hidden."""
    for pattern in (HEADER, HOOK, SETTING):
        text = _hidden(text, (one.span("value") for one in pattern.finditer(text) if _is_value(one["value"])))
    text = _hidden(text, (one.span("value") for one in USER.finditer(text) if _is_login(one["value"])))
    text = _hidden(text, (one.span("value") for one in BASIC.finditer(text) if _is_encoded(one["value"])))
    return _hidden(text, _fields(text))


def _fields(text: str) -> Iterator[tuple[int, int]]:
    done = 0
    for field in FIELD.finditer(text):
        name, is_quoted, sign = field["name"], bool(field["quoted"]), field["sign"].strip()
        if field.start() < done or not _tells(name) or (sign == "," and not is_quoted):
            continue
        if (found := VALUE.match(text, field.end())) is None:
            continue
        kind = found.lastgroup or "bare"
        start, end = found.span(kind)
        if kind == "bare" and (STRONG.search(name) or is_random(found[kind])) and (rest := REST.match(text, end)):
            end = rest.end()
        if _is_secret(name, text[start:end].rstrip("\\"), sign, in_data=is_quoted and kind != "bare"):
            if kind == "bare" and (rest := END.match(text, end)):
                end = rest.end()
            done = end
            yield start, end


def _tells(name: str) -> bool:
    """Whether a name is that of a secret, or of somebody who gives them out."""
    if TELLING.search(name) or STRONG.search(name):
        return True
    words = [word.lower() for word in WORDS.findall(name)]
    return not ISSUERS.isdisjoint(words) or not ISSUERS.isdisjoint(map("".join, pairwise(words)))


def _is_secret(name: str, value: str, sign: str, *, in_data: bool) -> bool:
    if len(value) < 3 or value == HIDDEN or is_template(value):
        return False
    if STRONG.search(name):
        return (in_data and (sign != "," or not NAME.fullmatch(value))) or any(map(str.isdigit, value))
    if HARMLESS.search(name) or (name.lower().endswith("id") and UUID.fullmatch(value)):
        return False
    return is_random(value)


def _is_value(value: str) -> bool:
    """Whether a value stands where a secret does, and for no other."""
    return len(value) >= 3 and value != HIDDEN and not is_template(value) and (len(value) < 10 or not is_made_up(value))


def _is_login(value: str) -> bool:
    return _is_value(value) and not all(map(PLAIN.fullmatch, value.split(":", 1)))


def _is_encoded(value: str) -> bool:
    return any(map(str.isdigit, value)) or value.endswith("=") or not (value.islower() or value.istitle())


def _hidden(text: str, places: Iterable[tuple[int, int]]) -> str:
    done, kept = 0, []
    for start, end in places:
        kept += [text[done:start], HIDDEN]
        done = end
    return "".join([*kept, text[done:]])
