"""The distributions that plugins come in: installed, upgraded, removed, locked and described. None is imported."""
