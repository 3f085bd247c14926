"""All types of personal data that can be found, the most specific first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from toolpost.middleware.pii import card, china, email, iban, ip, keys, ssn
from toolpost.middleware.pii.phone import Phones
from toolpost.middleware.pii.rule import Rule

# Where two are found in the same place and of the same length, the first of these is meant.
TYPES = ("API_KEY", "EMAIL", "IBAN", "CREDIT_CARD", "CN_ID", "IP", "US_SSN", "CN_MOBILE", "PHONE")


def rules(types: Collection[str], regions: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that find these types."""
    everything = (
        *keys.RULES,
        *email.RULES,
        *iban.RULES,
        *card.RULES,
        *china.RULES,
        *ip.RULES,
        *ssn.RULES,
        *Phones(tuple(regions)).rules(),
    )
    return tuple(rule for rule in everything if rule.types.intersection(types))
