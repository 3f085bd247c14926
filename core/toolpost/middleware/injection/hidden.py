"""What people do not see and models read: invisible characters, and the escapes that terminals obey."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

# Invisible characters by kind, as the inside of a class that both `re` and RE2 read.
KINDS = {
    "tag": "\U000e0000-\U000e007f",
    "selector": "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef",
    "bidi": "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    "zero_width": (
        "\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
        "\U0001d173-\U0001d17a\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"
    ),
    # Of the C1 controls only NEL is a line end; a tab, a line feed and a carriage return are text.
    "control": "\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f",
}
INVISIBLE = "[" + "".join(KINDS[kind] for kind in ("tag", "selector", "bidi", "zero_width")) + "]"
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{80}-\x{84}\x{86}-\x{9f}]"

# ECMA-48: control sequences; strings up to their terminator (titles, links); all other escapes.
ESCAPE = (
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\x90\x98\x9d-\x9f]{0,4096}(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[ -/]*[0-~]?"
)
ESCAPES = frozenset("\x1b\x90\x98\x9b\x9d\x9e\x9f")
# What nearly every text in English is, all through: nothing in it is hidden.
CALM = r"[\t\n\r -~]*"
ANY = f"[{''.join(KINDS.values())}]"
RUN = f"{ANY}{{8,}}"

EMOJI = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
IDEOGRAPH = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Scripts whose letters join, or form conjuncts: Arabic and its kin, Indic, Khmer, Myanmar, Mongolian.
JOINING = (
    "\u0600-\u0618\u0620-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff\u1820-\u18aa\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010d00-\U00010eff\U00011000-\U000114ff"
)
# Scripts that put no spaces between words: Thai, Lao, Tibetan, Myanmar, Khmer.
UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff"
RIGHT_TO_LEFT = "\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
ENGLAND, SCOTLAND, WALES = (
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in name) + "\U000e007f"
    for name in ("gbeng", "gbsct", "gbwls")
)
FLAGS = f"{ENGLAND}|{SCOTLAND}|{WALES}"
# Where an invisible character belongs to what is seen: in emoji, in a script's spelling, beside right-to-left text.
LEGITIMATE = (
    f"(?<=[{EMOJI}])[\ufe0e\ufe0f]"
    "|(?<=[0-9#*])\ufe0f(?=\u20e3)"
    f"|(?:(?<=[{EMOJI}])|(?<=[{EMOJI}]\ufe0f))\u200d(?=[{EMOJI}])"
    f"|(?<=[{IDEOGRAPH}])[\ufe00-\ufe02\U000e0100-\U000e01ef]"
    "|(?<=[\u2200-\u22ff])\ufe00|(?<=[\u1820-\u18aa])[\u180b-\u180f]|(?<=[\u1100-\u11ff])[\u115f\u1160]"
    f"|(?<=[{JOINING}])[\u200c\u200d](?!{ANY})"
    f"|(?<=[{UNSPACED}])\u200b(?=[{UNSPACED}])"
    f"|(?<=[{RIGHT_TO_LEFT}])[\u061c\u200e\u200f](?!{ANY})|[\u061c\u200e\u200f](?=[{RIGHT_TO_LEFT}])"
)
# So many of a kind are no accident: they carry a message, or reorder what is read.
MESSAGE = {"tag": 2, "selector": 4, "zero_width": 24}
REORDERING = frozenset("\u202d\u202e")


@cache
def pattern(source: str) -> re.Pattern[str]:
    """A compiled pattern; at import it would cost every start some milliseconds."""
    return re.compile(source)


def strip(text: str) -> tuple[str, Counter[str]]:
    """The text without what cannot be seen, and how much of each kind that was.

    Emoji sequences, the joiners of Arabic and Indic scripts, the selectors of
    ideographs and direction marks in right-to-left text stay.
    """
    counts: Counter[str] = Counter()
    if pattern(CALM).fullmatch(text):
        return text, counts
    if not ESCAPES.isdisjoint(text):
        text, counts["escape"] = pattern(ESCAPE).subn("", text)
    hidden, run_at = pattern(ANY), pattern(RUN)
    if hidden.search(text) is None:
        return text, +counts
    kept: list[str] = []
    gone: list[str] = []
    done = position = 0
    while found := hidden.search(text, position):
        start, end = found.span()
        if position := _belongs(text, start, done):
            continue
        # Inside a long run nothing belongs to what is seen; its last may belong to what follows.
        if run := run_at.match(text, start):
            end = run.end() - 1
        kept.append(text[done:start])
        gone.append(text[start:end])
        done = position = end
    _count(counts, "".join(gone))
    return "".join([*kept, text[done:]]), +counts


def _belongs(text: str, start: int, done: int) -> int:
    """Where what an invisible character belongs to ends; 0 if it belongs to nothing."""
    if text[start] >= "\U000e0000" and text[start] < "\U000e0100":
        # The flags of countries within a country begin one character before their first tag.
        flag = pattern(FLAGS).match(text, start - 1) if start > done else None
        return flag.end() if flag else 0
    found = pattern(LEGITIMATE).match(text, start)
    return found.end() if found else 0


def carries_message(text: str, counts: Counter[str]) -> bool:
    """Whether what was stripped from a text was more than an accident."""
    return any(counts[kind] >= few for kind, few in MESSAGE.items()) or not REORDERING.isdisjoint(text)


def _count(counts: Counter[str], invisible: str) -> None:
    for kind, members in KINDS.items():
        if many := len(pattern(f"[{members}]").findall(invisible)):
            counts[kind] += many
