"""Counts calls, errors, times, tokens, money and decisions, for Prometheus and for `toolpost stats`."""

from toolpost.middleware.metrics.layer import Metrics as Metrics
