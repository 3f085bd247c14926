"""Addresses of the large cryptocurrencies, by their check sums; private keys among them are secrets."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from toolpost.middleware.pii.rule import Rule, Span, spans
from toolpost.middleware.pii.rules.keccak import keccak
from toolpost.middleware.pii.shadow import Shadow

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
DIGITS = {char: value for value, char in enumerate(ALPHABET)}
BECH32 = {char: value for value, char in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
EDGE = rb"(?:^|[^0-9A-Za-z_\xe0])"
BASE58 = EDGE + (
    rb"(?:[13LMDTAX9][1-9A-HJ-NP-Za-km-z]{25,34}|[5KL][1-9A-HJ-NP-Za-km-z]{50,51}|[xyz](?:pub"
    rb"|prv)[1-9A-HJ-NP-Za-km-z]{107,108})"
)
SEGWIT = EDGE + rb"(?i:bc1|tb1|ltc1|addr1)[02-9AC-HJ-NP-Zac-hj-np-z]{11,100}"
HEX = EDGE + rb"0x[0-9A-Fa-f]{40}"
# Version bytes: Bitcoin, Litecoin, Dogecoin, Dash, Tron, and Bitcoin's test net.
VERSIONS = {0x00, 0x05, 0x30, 0x32, 0x1E, 0x16, 0x4C, 0x10, 0x41, 0x6F, 0xC4}
# The check of mixed case is slow in Python; in a text with very many it is left to the first of them.
CHECKED = 32
CRYPTO, SECRET = frozenset({"CRYPTO"}), frozenset({"API_KEY"})


def addresses(page: Shadow) -> Iterator[Span]:
    """Addresses of Bitcoin and its kin."""
    for start, end in _whole(BASE58, page):
        payload = base58check(page.text[start:end]) if end - start < 36 else b""
        if len(payload) == 21 and payload[0] in VERSIONS:
            yield Span(start, end, "CRYPTO")
    for start, end in _whole(SEGWIT, page):
        if is_bech32(page.text[start:end]):
            yield Span(start, end, "CRYPTO")


def private_keys(page: Shadow) -> Iterator[Span]:
    """Private keys in the import format of wallets."""
    for start, end in _whole(BASE58, page):
        if end - start > 50 and page.text[start + 1 : start + 4] != "pub" and base58check(page.text[start:end]):
            yield Span(start, end, "API_KEY")


def ethereum(page: Shadow) -> Iterator[Span]:
    """Addresses of Ethereum and its kin; the case of the letters is a check sum (EIP-55)."""
    for count, (start, end) in enumerate(_whole(HEX, page)):
        digits = page.text[start + 2 : end]
        if not digits.strip("0") or not digits.strip("fF"):
            continue
        if digits.islower() or digits.isupper() or digits.isdigit() or count >= CHECKED or page.once(is_eip55, digits):
            yield Span(start, end, "CRYPTO")


def base58check(text: str) -> bytes:
    """The payload, empty if a character or the check sum is wrong."""
    number = 0
    for char in text:
        number = number * 58 + DIGITS[char]
    zeros = len(text) - len(text.lstrip("1"))
    raw = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, total = raw[:-4], raw[-4:]
    return payload if sha256(sha256(payload).digest()).digest()[:4] == total else b""


def is_bech32(text: str) -> bool:
    """Whether the check sum of BIP 173 or BIP 350 is right."""
    prefix, _, data = text.lower().rpartition("1")
    if text not in (text.lower(), text.upper()) or not all(char in BECH32 for char in data):
        return False
    values = [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]
    return _polymod(values + [BECH32[char] for char in data]) in (1, 0x2BC830A3)


def _polymod(values: list[int]) -> int:
    total = 1
    for value in values:
        top, total = total >> 25, (total & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(GENERATOR):
            total ^= generator if top >> bit & 1 else 0
    return total


def is_eip55(digits: str) -> bool:
    """Whether each letter is large where the hash of the address says so."""
    hashed = keccak(digits.lower().encode()).hex()
    return all(
        char.isdigit() or char.isupper() == (int(one, 16) > 7) for char, one in zip(digits, hashed, strict=False)
    )


def _whole(source: bytes, page: Shadow) -> Iterator[tuple[int, int]]:
    for start, end in spans(source, page):
        after = page.at(end)
        if not (after.isascii() and (after.isalnum() or after == "_")):
            yield start + (not page.text[start].isalnum() or not page.text[start].isascii()), end


RULES = (
    Rule(CRYPTO, r"[13LMDTAX9][1-9A-HJ-NP-Za-km-z]{25}|(?i)(?:bc1|tb1|ltc1|addr1)[0-9a-z]{11}", addresses),
    Rule(SECRET, r"(?:[5KL]|[xyz]prv)[1-9A-HJ-NP-Za-km-z]{50}", private_keys),
    Rule(CRYPTO, r"0x[0-9A-Fa-f]{40}", ethereum),
)
