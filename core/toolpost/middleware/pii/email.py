"""E-mail addresses, plain, international and spelled out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolpost.middleware.pii.rule import Rule, Span, spans
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

PLAIN = rb"(?:" + LOCAL + rb"|" + QUOTED + rb")@(?:" + DOMAIN + rb"|" + NUMERIC + rb"|" + GLYPHS + rb")"
# Without a space in front nobody can tell where a name in such a script begins.
GLYPH_NAME = rb"(?:^|[ \t\n<(\[\xa4:,;\"'])(\xc7{1,16}@" + DOMAIN + rb")"

AT = rb"(?: ?[\[({<] ?(?i:at) ?[\])}>] ?| (?i:at) )"
BRACKET_AT = rb" ?[\[({<] ?(?i:at) ?[\])}>] ?"
DOT = rb"(?: ?[\[({<] ?(?i:dot) ?[\])}>] ?| (?i:dot) )"
WORD = rb"[0-9A-Za-z](?:[0-9A-Za-z\-]*[0-9A-Za-z])?"
NAME = rb"[0-9A-Za-z_](?:[0-9A-Za-z_.+\-]*[0-9A-Za-z_])?"
# "look at this dot plot" is a sentence, so the endings are some that are no words.
KNOWN = rb"(?i:com|org|net|edu|gov|info|io|ai|co|uk|de|fr|es|nl|ch|pl|se|eu|cn|jp|kr|br|au|ca|ru|dev|app)"
SPELLED = (
    NAME + AT + WORD + rb"(?:(?:" + DOT + rb"|\.)" + WORD + rb")*" + DOT + KNOWN + rb"(?:" + DOT + rb"[A-Za-z]{2,3})?"
    rb"|" + NAME + BRACKET_AT + rb"(?:" + WORD + rb"\.)+[A-Za-z]{2,}"
    rb"|" + NAME + rb"(?:" + DOT + NAME + rb")*(?:@| ?@ ?)" + WORD + rb"(?:" + DOT + WORD + rb")+"
)

FILES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".pdf", ".js", ".ts", ".json", ".html", ".css", ".txt")
SENTENCE = re.compile(r"(\.[a-z]{2,})\.[A-Z][a-z]+\Z")


def plain(page: Shadow) -> Iterator[Span]:
    """Addresses with an @."""
    for start, end in spans(PLAIN, page):
        found = page.text[start:end]
        # "...at x@y.com.Thanks": a new sentence begins without a space.
        end -= len(tail[0]) - len(tail[1]) if (tail := SENTENCE.search(found)) else 0
        if not _is_file(found) and not _is_remote(found, page.at(end)):
            yield Span(start, end, "EMAIL")
    for start, end in spans(GLYPH_NAME, page):
        start += page.text[start] != "\xc7"
        yield Span(start, end, "EMAIL")


def spelled(page: Shadow) -> Iterator[Span]:
    """Addresses as people write them against harvesters: `name [at] host dot com`."""
    for start, end in spans(SPELLED, page):
        after = page.at(end)
        if not (after.isascii() and after.isalnum()):
            yield Span(start, end, "EMAIL")


def _is_file(found: str) -> bool:
    return found.lower().endswith(FILES)


def _is_remote(found: str, after: str) -> bool:
    return found.startswith("git@") and after == ":"


EMAIL = frozenset({"EMAIL"})
RULES = (
    Rule(EMAIL, r"[^\s@]@[^\s@]", plain),
    Rule(EMAIL, r"(?i)[\[({<] ?(?:at|dot) ?[\])}>]| at [^\n]* dot [a-z]|@[^\n]* dot [a-z]", spelled),
)
