"""Converts between units."""

from typing import Literal

from toolpost import InvalidArguments, Tool, hookimpl

METRES = {"mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048, "mi": 1609.344}
GRAMS = {"g": 1.0, "kg": 1000.0, "oz": 28.349523125, "lb": 453.59237}
Unit = Literal["mm", "cm", "m", "km", "in", "ft", "mi", "g", "kg", "oz", "lb"]


class Units:
    """Converts lengths and weights."""

    @hookimpl
    def tools(self) -> list[Tool]:
        """What models may call."""
        return [Tool(self.convert_units, read_only=True, open_world=False)]

    def convert_units(self, amount: float, unit: Unit, to: Unit) -> float:
        """Convert a length or a weight to another unit.

        Args:
            amount: How many of the unit.
            unit: The unit that the amount is in.
            to: The unit that is wanted.
        """
        table = METRES if unit in METRES else GRAMS
        if to not in table:
            raise InvalidArguments(f"{unit} cannot be converted to {to}; choose one of {', '.join(table)}")
        return amount * table[unit] / table[to]
