"""The `policy` layer: an operator's own rules about who may call what, written in the configuration."""

from toolpost.middleware.policy.layer import Policy
from toolpost.middleware.policy.rule import Nature, Rule

__all__ = ["Nature", "Policy", "Rule"]
