"""Numbering plans: which digits are a telephone number where, from the metadata of phonenumbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from typing import Any, Literal

from toolpost.middleware.pii.compiled import pattern

KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
)


Format = tuple[re.Pattern[str], re.Pattern[str], str]


@dataclass(frozen=True)
class Plan:
    """The numbering plan of one region; its patterns are for numbers without a trunk prefix."""

    trunk: str
    lengths: frozenset[int]
    valid: str
    mobile: str
    formats: tuple[Format, ...]
    shapes: frozenset[tuple[int, ...]]

    def groups(self, digits: str) -> tuple[int, ...]:
        """How people here write this number: the sizes of its groups."""
        for leading, whole, template in self.formats:
            if leading.match(digits) and (match := whole.fullmatch(digits)):
                return tuple(map(len, re.findall(r"\d+", match.expand(template))))
        return ()


@cache
def plan(region: str) -> Plan:
    """The plan of an ISO 3166 region.

    Raises:
        ValueError: phonenumbers has no such region.
    """
    from phonenumbers import PhoneMetadata

    metadata: Any = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        raise ValueError(f"{region!r} is no region with telephone numbers; name it by two letters, as in 'GB'")
    return Plan(
        metadata.national_prefix or "",
        frozenset(metadata.general_desc.possible_length),
        "|".join(filter(None, (_pattern(metadata, kind) for kind in KINDS))),
        _pattern(metadata, "mobile"),
        tuple(_format(entry) for entry in metadata.number_format),
        frozenset(shape for entry in metadata.number_format for shape in _shapes(entry.pattern)),
    )


@cache
def union(regions: tuple[str, ...], part: Literal["valid", "mobile"], *, trunk: bool) -> Any:
    """One pattern for the numbers of all these regions: of those with the trunk prefix 0, or of all."""
    plans = [plan(region) for region in regions]
    sources = [getattr(entry, part) for entry in plans if not trunk or entry.trunk == "0"]
    return pattern(b"|".join(source.encode() for source in sources if source) or rb"[^\x00-\xff]")


@lru_cache(4096)
def lengths(country: str) -> frozenset[int] | None:
    """How many digits may follow a country calling code, None where there is no such code."""
    import phonenumbers

    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(country))
    if regions is None:
        return None
    if regions == ("001",):
        metadata: Any = phonenumbers.PhoneMetadata.metadata_for_nongeo_region(int(country))
        return frozenset(metadata.general_desc.possible_length)
    return plan(regions[0]).lengths


def is_international(digits: str) -> bool:
    """Whether digits are a country calling code and as many more as that country uses."""
    # Mexico is still written with the 1 for mobiles that it gave up in 2019.
    digits = "52" + digits[3:] if digits.startswith("521") and len(digits) == 13 else digits
    for size in (1, 2, 3):
        possible = lengths(digits[:size])
        if possible is not None:
            return len(digits) - size in possible
    return False


@cache
def shapes(regions: tuple[str, ...]) -> frozenset[tuple[int, ...]]:
    """The sizes of groups in which numbers of these regions are written, without a trunk prefix."""
    return frozenset().union(*(plan(region).shapes for region in regions))


def _shapes(source: str) -> set[tuple[int, ...]]:
    """What a pattern such as `(\\d{3})(\\d{3,4})` allows; groups with literal digits are rare, and left out."""
    ranges = [
        range(int(least or 1), int(most or least or 1) + 1)
        for least, most in re.findall(r"\(\\d(?:\{(\d+)(?:,(\d+))?\})?\)", source)
    ]
    return set(product(*ranges)) if len(ranges) == source.count("(") else set()


def _pattern(metadata: Any, kind: str) -> str:
    described = getattr(metadata, kind)
    source = described.national_number_pattern if described else None
    return f"(?:{source})" if source else ""


def _format(entry: Any) -> Format:
    leading = entry.leading_digits_pattern[-1] if entry.leading_digits_pattern else ""
    return re.compile(leading), re.compile(entry.pattern), entry.format
