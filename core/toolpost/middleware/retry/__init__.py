"""Tries again what was unavailable, and leaves a provider alone that is down."""

from toolpost.middleware.retry.layer import Retry

__all__ = ["Retry"]
