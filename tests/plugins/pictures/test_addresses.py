"""Only addresses that are everybody's pass."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost_pictures.addresses import NOT_PUBLIC_V4, is_public

PRIVATE = st.sampled_from(NOT_PUBLIC_V4).flatmap(
    lambda network: st.integers(int(network.network_address), int(network.broadcast_address)).map(IPv4Address)
)
# How an IPv4 address hides in an IPv6 one: where it starts, and how many bits stand behind it.
HIDING = [
    ("::", 0),  # compatible, RFC 4291
    ("::ffff:0:0", 0),  # mapped, RFC 4291
    ("::ffff:0:0:0", 0),  # translated, RFC 2765
    ("64:ff9b::", 0),  # NAT64, RFC 6052
    ("64:ff9b:1::", 0),  # local NAT64, RFC 8215
    ("2002::", 80),  # 6to4, RFC 3056
    ("2001::", 0),  # Teredo, RFC 4380
    ("2606:4700::5efe:0:0", 0),  # ISATAP, RFC 5214
    ("2606:4700::200:5efe:0:0", 0),
    ("fe80::", 0),
    ("fec0::", 0),
    ("fd00:ec2::", 0),
    ("ff02::", 0),
]


@given(PRIVATE)
def test_no_address_of_a_registry_is_public(address: IPv4Address):
    assert not is_public(str(address))


@given(PRIVATE, st.sampled_from(HIDING))
def test_no_private_address_hides_in_a_longer_one(address: IPv4Address, hiding: tuple[str, int]):
    prefix, bits = hiding
    assert not is_public(str(IPv6Address(int(IPv6Address(prefix)) | int(address) << bits)))


@given(st.ip_addresses())
def test_nothing_is_public_that_python_knows_to_be_private(address: IPv4Address | IPv6Address):
    assert ip_address(address).is_global or not is_public(str(address))


@pytest.mark.parametrize(
    "address",
    ["192.0.0.192", "::169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "fec0::1", "100.100.100.200"]
    + ["168.63.129.16", "fd00:ec2::254", "2606:4700::1%eth0", "fe80::1%lo", "255.255.255.255", "::1", "::", "0.0.0.0"]
    + ["", "example.com", "127.1", "0x7f.0.0.1", "5f00::1", "100::1", "3fff::1", "2001:20::1"],
)
def test_what_others_let_through_is_not_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::1"])
def test_addresses_of_the_internet_are_public(address: str):
    assert is_public(address)
