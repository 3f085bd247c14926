"""All types of personal data that can be found, the most specific first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from toolpost.middleware.pii.rule import Rule

# Where two are found in the same place and of the same length, the first of these is meant.
TYPES = (
    "API_KEY",
    "EMAIL",
    "IBAN",
    "CREDIT_CARD",
    "CN_ID",
    "CRYPTO",
    "MAC",
    "IP",
    "US_SSN",
    "VAT",
    "NATIONAL_ID",
    "PASSPORT",
    "DATE_OF_BIRTH",
    "CN_MOBILE",
    "PHONE",
)


def rules(types: Collection[str], regions: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that find these types."""
    from toolpost.middleware.pii.rules import (
        assigned,
        birth,
        business,
        card,
        cellular,
        china,
        crypto,
        document,
        email,
        hardware,
        iban,
        ip,
        issued,
        national,
        spelled,
        ssn,
    )
    from toolpost.middleware.pii.rules.identity import by_types
    from toolpost.middleware.pii.rules.phone import Phones

    modules = (
        issued,
        assigned,
        email,
        spelled,
        iban,
        card,
        china,
        crypto,
        hardware,
        ip,
        ssn,
        business,
        document,
        birth,
        cellular,
    )
    official = by_types((*business.TABLE, *national.TABLE), frozenset(types))
    everything = (rule for module in modules for rule in module.RULES)
    found = (*everything, *official.rules(), *Phones(tuple(regions)).rules())
    return tuple(rule for rule in found if rule.types.intersection(types))
