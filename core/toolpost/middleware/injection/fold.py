"""A text as a reader takes it: look-alikes are the letters that they look like, and nothing hides inside a word."""

from __future__ import annotations

import re
import unicodedata

from toolpost.middleware.injection.hidden import pattern

# Cyrillic and Greek letters that pass for Latin ones (Unicode TR 39, the ones in common fonts).
PAIRS = (
    "аa еe оo рp сc уy хx іi јj ѕs һh ԁd ԛq ԝw гr ѵv кk тt пn мm АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ХX "
    "αa οo ιi νv υu ρp τt κk χx εe ηn ωw ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX"
)
LOOK_ALIKES = {ord(pair[0]): pair[1] for pair in PAIRS.split()}
# A word of two scripts, letters that stand for plain ones, and words with something between all their letters.
MIXED = r"[A-Za-z][\x{370}-\x{52f}]|[\x{370}-\x{52f}][A-Za-z]"
STYLED = r"[\x{ff01}-\x{ff5e}\x{1d400}-\x{1d7ff}\x{2460}-\x{24ff}\x{1f130}-\x{1f189}\x{ad}\x{300}-\x{36f}]"
SPACED = r"(?:\b[A-Za-z][ ._*\-]){5}"

WORD = r"[^\W\d_]+"
LATIN = "[A-Za-z]"
SPACED_WORD = r"\b(?:[A-Za-z]([ ._*\-]))(?:[A-Za-z]\1){3,}[A-Za-z]\b"
ATTACHED = "[\xad\u0300-\u036f]"


def fold(text: str) -> str:
    """The text in plain letters; only for looking at, since much is lost."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = pattern(WORD).sub(_latin, text)
        text = _unattached(text)
    return pattern(SPACED_WORD).sub(lambda found: found[0].replace(found[1], ""), text)


def _latin(word: re.Match[str]) -> str:
    """A word that mixes scripts, in Latin letters; any other as it is."""
    letters = word[0]
    return letters if letters.isascii() or not pattern(LATIN).search(letters) else letters.translate(LOOK_ALIKES)


def _unattached(text: str) -> str:
    """Without accents that stand by themselves: they are put over letters to hide them."""
    attached = pattern(ATTACHED)
    return attached.sub("", unicodedata.normalize("NFKD", text)) if attached.search(text) else text
