"""The classes of text that speaks to a model, and the rules that recognise them."""

from __future__ import annotations

from toolpost.middleware.injection.rule import Rule
from toolpost.middleware.injection.rules import channels, meddling, orders, stealth

# E001: instructions hidden in what describes a tool; E002: it meddles with other tools; W001: it presses.
CODES = {
    "override": "E001",
    "persona": "E001",
    "role": "E001",
    "secrecy": "E001",
    "exfiltration": "E001",
    "leak": "E001",
    "address": "E001",
    "concealed": "E001",
    "encoded": "E001",
    "hidden": "E001",
    "model": "E001",
    "cross_tool": "E002",
    "pressure": "W001",
    "schema": "W001",
}


RULES: tuple[Rule, ...] = (*orders.RULES, *channels.RULES, *stealth.RULES, *meddling.RULES)
# Advice in a document, and suspicious only where a tool describes itself.
ONLY_DESCRIPTIONS = frozenset({"cross_tool", "pressure", "schema"})
