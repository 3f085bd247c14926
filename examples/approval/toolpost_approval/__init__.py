"""Asks a person before tools that destroy something or cost money."""

from toolpost_approval.gate import Approval

__all__ = ["Approval"]
