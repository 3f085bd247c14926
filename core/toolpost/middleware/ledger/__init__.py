"""Writes every billable call down before it is made, so that none is paid for twice, and keeps budgets."""

from toolpost.middleware.ledger.layer import Ledger
from toolpost.middleware.ledger.money import Prices

__all__ = ["Ledger", "Prices"]
