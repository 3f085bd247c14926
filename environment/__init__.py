"""The environment that `./run` makes for a checkout: in .venv, with uv or pip, from uv.lock."""
