"""What the detector of personal data finds in the labelled set, and how fast it is; prints Markdown."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from time import process_time

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.core.middleware.pii.labelled import examples, outcome, rates  # noqa: E402

from toolpost.middleware.pii import TYPES, Detector  # noqa: E402

MEGABYTE = 1_000_000
PROSE = 'The quick brown fox jumps over the lazy dog, and in 2024 there were 15 of them; nobody said: "no". '
FOREIGN = "Съешь же ещё этих мягких французских булок, да выпей чаю. 敏捷的棕色狐狸跳过了懒狗。"
SENTENCES = (
    "Dear Ms Example, please write to jane.doe@example.com or call us at (415) 555-0132 before Friday noon. ",
    "The account GB29 NWBK 6016 1331 9268 19 was charged; the card was 4111 1111 1111 1111, as agreed. ",
    "Her SSN is 123-45-6789 and the request came from 203.0.113.7 at half past nine in the morning. ",
    "Reach the office in London on +44 20 7946 0958, and send the form to the tax office in due course. ",
    "The key sk-proj-Zx8Kq2Lm9Pw4Rt7Yv1Bn6Cd3 has leaked, so the host 2001:db8::ff00:42:8329 is closed. ",
)
HOSTILE = (
    *("a", "1-", "@", "1 ", "00 ", "a@", "1.", "DE89 ", "4111 ", "020 ", "key=", "[at]"),
    *("BSN 123456789 ", 'password="', "tel 5551234567 ", "passport AB123456 "),
)


def quality() -> None:
    """Recall and precision for each type."""
    print("| type | recall | precision | labelled |\n|---|---|---|---|")
    counted = outcome(Detector().find)
    for name in TYPES:
        recall, precision = rates(counted[name])
        print(f"| {name} | {recall:.3f} | {precision:.3f} | {counted[name]['right'] + counted[name]['missed']} |")
    print(f"\n{len(list(examples()))} texts.\n")


def texts() -> Iterator[tuple[str, str]]:
    """Texts of about a megabyte."""
    yield "prose without any", PROSE * (MEGABYTE // len(PROSE))
    yield "prose in other scripts", FOREIGN * (MEGABYTE // len(FOREIGN.encode()))
    sentences = "".join(SENTENCES)
    yield "one or two in each sentence", sentences * (MEGABYTE // len(sentences))
    dense = "\n".join(text for text, spans in examples() if spans and text.isascii()) + "\n"
    yield "nothing but personal data, all types", dense * (MEGABYTE // len(dense))
    yield "the same, no line twice", dense


def speed() -> None:
    """Megabytes a second of this process; the best of some rounds, as other work on the machine only adds."""
    detector = Detector()
    print("| text | MB/s | found |\n|---|---|---|")
    for name, text in texts():
        found = len(detector.find(text))
        seconds = min(timed(detector, text) for _ in range(5))
        print(f"| {name} | {len(text.encode()) / 1e6 / seconds:.1f} | {found} |", flush=True)
    print("\n| hostile text | 100 KB, ms | 1 MB, ms |\n|---|---|---|")
    for chunk in HOSTILE:
        sizes = [min(timed(detector, (chunk * size)[:size]) for _ in range(3)) * 1e3 for size in (100_000, MEGABYTE)]
        print(f"| `{chunk}` | {sizes[0]:.1f} | {sizes[1]:.1f} |", flush=True)


def timed(detector: Detector, text: str) -> float:
    began = process_time()
    detector.find(text)
    return process_time() - began


def main() -> None:
    quality()
    speed()


if __name__ == "__main__":
    main()
