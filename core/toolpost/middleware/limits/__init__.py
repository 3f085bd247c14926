"""The `limits` layer: how often, and how many at once, for each caller, tool, plugin, provider or model."""

from toolpost.middleware.limits.layer import Limits as Limits
from toolpost.middleware.limits.rule import Override as Override
from toolpost.middleware.limits.rule import Rule as Rule
