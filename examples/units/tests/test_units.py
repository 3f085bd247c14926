import pytest
from toolpost_units import Units

from toolpost import InvalidArguments
from toolpost.testing import contract, open_host

test_contract = contract(Units)


@pytest.mark.parametrize(
    ("amount", "unit", "to", "expected"), [(1, "mi", "km", 1.609344), (12, "in", "ft", 1), (2, "lb", "g", 907.18474)]
)
async def test_lengths_and_weights_are_converted(amount, unit, to, expected):
    async with open_host(Units()) as host:
        result = await host.call("convert_units", {"amount": amount, "unit": unit, "to": to})
    assert result.structured["result"] == pytest.approx(expected)


async def test_a_length_is_no_weight():
    async with open_host(Units()) as host:
        with pytest.raises(InvalidArguments, match="ft cannot be converted to kg; choose one of mm, cm"):
            await host.call("convert_units", {"amount": 1, "unit": "ft", "to": "kg"})


async def test_a_unit_that_nobody_knows_is_named():
    async with open_host(Units()) as host:
        with pytest.raises(InvalidArguments, match="unit: "):
            await host.call("convert_units", {"amount": 1, "unit": "parsec", "to": "km"})
