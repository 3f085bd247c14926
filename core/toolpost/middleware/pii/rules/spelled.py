"""E-mail addresses as people write them against harvesters: `name [at] host dot com`."""

from __future__ import annotations

from collections.abc import Iterator

from toolpost.middleware.pii.rule import Rule, Span, spans
from toolpost.middleware.pii.shadow import Shadow

OPEN, CLOSE = rb" ?[\[({<_*\-|] ?", rb" ?[\])}>_*\-|] ?"
AT_WORDS, DOT_WORDS = (
    rb"(?i:at|@|arroba|\xe0t|bei|chez|a t|chiocciola)",
    rb"(?i:dot|d0t|\.|punto|punkt|point|ponto|d o t)",
)
BRACKET_AT = rb"(?: ?[\[({<] ?" + AT_WORDS + rb" ?[\])}>] ?| ?[\-_*|]" + AT_WORDS + rb"[\-_*|] ?)"
BRACKET_DOT = rb"(?: ?[\[({<] ?" + DOT_WORDS + rb" ?[\])}>] ?| ?[\-_*|]" + DOT_WORDS + rb"[\-_*|] ?)"
AT = rb"(?:" + BRACKET_AT + rb"| (?i:at|arroba|chiocciola) )"
DOT = rb"(?:" + BRACKET_DOT + rb"| (?i:dot|punto|punkt|point|ponto) )"
WORD = rb"[0-9A-Za-z](?:[0-9A-Za-z\-]*[0-9A-Za-z])?"
NAME = rb"[0-9A-Za-z_](?:[0-9A-Za-z_.+\-]*[0-9A-Za-z_])?"
DOTTED = NAME + rb"(?:" + DOT + NAME + rb")*"
# "look at this dot plot" is a sentence, so the endings are some that are no words.
KNOWN = (
    rb"(?i:com|org|net|edu|gov|mil|info|biz|io|ai|co|uk|de|fr|es|nl|ch|pl|se|eu|cn|jp|kr|br|au|ca|ru|in|it|be|at|pt|mx|ar|za|us"
    rb"|dev|app|me|tech|online|cloud|example|test|xyz)"
)
SPELLED = (
    DOTTED + AT + WORD + rb"(?:(?:" + DOT + rb"|\.)" + WORD + rb")*" + DOT + KNOWN + rb"(?:" + DOT + rb"[A-Za-z]{2,3})?"
    rb"|" + DOTTED + BRACKET_AT + rb"(?:" + WORD + rb"\.)+[A-Za-z]{2,}"
    rb"|" + DOTTED + rb"(?:@| ?@ ?)" + WORD + rb"(?:(?:" + DOT + rb"|\.)" + WORD + rb")*" + DOT + WORD
)
CAPITALS = NAME + rb" ?(?:AT|_at_|-at-) ?(?:" + WORD + rb" ?(?:DOT|_dot_|-dot-) ?)+[A-Za-z]{2,6}"
SPACED = rb"[0-9A-Za-z_.+\-]+(?:@ | @ )(?:[0-9A-Za-z\-]+ ?\. ?)+" + KNOWN


def spelled(page: Shadow) -> Iterator[Span]:
    """Addresses whose @ or dot is a word."""
    for source in (SPELLED, CAPITALS, SPACED):
        for start, end in spans(source, page):
            after = page.at(end)
            if not (after.isascii() and after.isalnum()):
                yield Span(start, end, "EMAIL")


TRIGGER = (
    r"(?i)[\[({<|*_\-] ?(?:at|@|dot|\.|arroba|punto|punkt|point|ponto|ät|a t) ?[\])}>|*_\-]| (?:at"
    r"|arroba|chiocciola) [^\n]* (?:dot|punto"
    r"|punkt|point|ponto) [a-z]|@[^\n]* dot [a-z]|(?-i:AT ?[0-9A-Za-z\-]+ ?DOT)|[0-9a-z]@ [0-9a-z]|[0-9a-z] @ [0-9a-z]"
)
RULES = (Rule(frozenset({"EMAIL"}), TRIGGER, spelled),)
