"""Plugins: found through entry points, built from settings, registered with pluggy."""
