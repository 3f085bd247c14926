"""A plugin that cannot be imported."""

raise RuntimeError("this plugin must not be imported")
