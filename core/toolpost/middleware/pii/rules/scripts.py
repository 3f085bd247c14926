"""Words for a password in scripts whose letters the shadow does not tell apart."""

from __future__ import annotations

import re

from toolpost.middleware.pii.shadow import GLYPH, Shadow, shadow

# With the endings that they take.
SCRIPTS = "密码|密碼|口令|密钥|密鑰|暗証番号|パスワード|비밀번호|парол[а-я]{1,3}|hasł[a-z]{1,2}"
WORDS = re.compile(SCRIPTS, re.IGNORECASE)
# What says "is" where no spaces stand between words.
COPULA = "[是为為はが]"
IS = re.compile(rf"((?:pass|pwd?|password)_*[ \t]?){COPULA}", re.IGNORECASE)
MARKS = str.maketrans({**dict.fromkeys("。、", " "), **dict.fromkeys("“”「」『』", '"')})


def in_latin(page: Shadow) -> str:
    """The shadow of a page on which these words are as long ones in Latin, and so is what stands around a value."""
    if page.original.isascii():
        return page.text
    said = WORDS.sub(lambda word: "pwd".ljust(len(word[0]), "_")[: len(word[0])], page.original)
    return shadow(IS.sub(r"\1:", said).translate(MARKS)).text


def before_glyphs(text: str, place: int, stop: int) -> int:
    """Where a password in ASCII ends to which the next words adjoin, since no space parts them."""
    glyph = text.find(GLYPH, place, stop)
    return glyph if glyph > place + 4 and text[place:glyph].isascii() else stop
