"""What every plugin is held to: the rules, and what finds out whether a plugin keeps them.

`toolpost plugins check` and `toolpost.testing.contract` share them. The plugin
runs in child processes alone, so that nothing it does reaches whoever checks.
"""
