"""Keeps personal data and secrets out of what tools see and what models read."""

from toolpost.middleware.pii.catalogue import TYPES
from toolpost.middleware.pii.detector import Detector
from toolpost.middleware.pii.layer import PII
from toolpost.middleware.pii.rule import Span

__all__ = ["PII", "TYPES", "Detector", "Span"]
