"""A running `toolpost serve`, over pipes and over HTTP."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "http"))
sys.path.append(str(Path(__file__).parents[1]))
