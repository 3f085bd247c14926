"""E-mail addresses, plain and international."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolpost.middleware.pii.rule import Rule, Span, follows, spans
from toolpost.middleware.pii.shadow import Shadow

# RFC 5321 allows more in a local part; what is left out here (= / ? | { } ` &)
# is far more often what stands between an address and its surroundings.
LOCAL = rb"[0-9A-Za-z_\xe0](?:[0-9A-Za-z_\xe0.%+\-!#$*^~']*[0-9A-Za-z_\xe0%+\-!#$*^~])?"
LABEL = rb"[0-9A-Za-z\xe0](?:[0-9A-Za-z\xe0_\-]*[0-9A-Za-z\xe0])?"
ENDING = rb"(?:[A-Za-z\xe0]{2,}|(?i:xn--)[0-9A-Za-z\-]+)"
DOMAIN = rb"(?:" + LABEL + rb"\.)+" + ENDING
QUOTED = rb'"(?:[^"\\\n]|\\.)+"'
NUMERIC = rb"\[(?i:ipv6:)?[0-9A-Fa-f.:]+\]"
GLYPHS = rb"(?:[0-9A-Za-z\-]|\xc7)+\.\xc7{2,4}"
# As addresses, pages, forms and programs write it.
AT = rb"(?:@|(?i:%40|&#64;|&#x0?40;|&commat;|\\u0040|\\x40))"

PLAIN = rb"(?:" + LOCAL + rb"|" + QUOTED + rb")" + AT + rb"(?:" + DOMAIN + rb"|" + NUMERIC + rb"|" + GLYPHS + rb")"
# Without a space in front nobody can tell where a name in such a script begins.
GLYPH_NAME = rb"(?:^|[ \t\n<(\[\xa4:,;\"'])(\xc7{1,16}@(?:" + DOMAIN + rb"|" + GLYPHS + rb"))"

FILES = (
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".svg",
    ".webp",
    ".avif",
    ".pdf",
    ".js",
    ".ts",
    ".json",
    ".html",
    ".css",
    ".txt",
)
SENTENCE = re.compile(r"(\.[a-z]{2,})\.[A-Z][a-z]+\Z")
USERINFO = r"[a-z][a-z0-9+.\-]*://[^\s/@]{0,80}\z"


def plain(page: Shadow) -> Iterator[Span]:
    """Addresses with an @."""
    for start, end in spans(PLAIN, page):
        found = page.text[start:end]
        # "...at x@y.com.Thanks": a new sentence begins without a space.
        end -= len(tail[0]) - len(tail[1]) if (tail := SENTENCE.search(found)) else 0
        if not _is_file(found) and not _is_remote(found, page.at(end)) and not _is_password(page, start):
            yield Span(start, end, "EMAIL")
    for start, end in spans(GLYPH_NAME, page):
        start += page.text[start] != "\xc7"
        yield Span(start, end, "EMAIL")


def _is_file(found: str) -> bool:
    return found.lower().endswith(FILES)


def _is_remote(found: str, after: str) -> bool:
    return found.startswith("git@") and after == ":"


def _is_password(page: Shadow, start: int) -> bool:
    """Whether it is the end of `scheme://user:password@host`."""
    return page.at(start - 1) == ":" and follows(USERINFO, page.before(start, 96))


TRIGGER = r"[^\s@]@[^\s@]|(?i)[0-9a-z](?:%40|&#64;|&#x0?40;|&commat;|\\u0040|\\x40)[0-9a-z]"
RULES = (Rule(frozenset({"EMAIL"}), TRIGGER, plain),)
