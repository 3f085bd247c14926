"""Which addresses are the public Internet's: all that no registry sets aside.

`ipaddress.is_global` of Python 3.11 passes 192.0.0.0/24, 64:ff9b::/96,
2002::/16, fec0::/10 and multicast, so the tables are our own, after IANA's
special-purpose registries (RFC 6890) as of 2026.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

NOT_PUBLIC_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network, RFC 791
            "10.0.0.0/8",  # private, RFC 1918
            "100.64.0.0/10",  # shared, RFC 6598; clouds keep metadata there
            "127.0.0.0/8",  # loopback, RFC 1122
            "168.63.129.16/32",  # the host of every Azure machine
            "169.254.0.0/16",  # link-local, RFC 3927; metadata of most clouds
            "172.16.0.0/12",  # private, RFC 1918
            "192.0.0.0/24",  # protocol assignments, RFC 6890; Oracle's metadata
            "192.0.2.0/24",  # documentation, RFC 5737
            "192.31.196.0/24",  # AS112, RFC 7535
            "192.52.193.0/24",  # automatic multicast tunneling, RFC 7450
            "192.88.99.0/24",  # 6to4 relays, RFC 7526
            "192.168.0.0/16",  # private, RFC 1918
            "192.175.48.0/24",  # AS112, RFC 7534
            "198.18.0.0/15",  # benchmarks, RFC 2544
            "198.51.100.0/24",  # documentation, RFC 5737
            "203.0.113.0/24",  # documentation, RFC 5737
            "224.0.0.0/4",  # multicast, RFC 5771
            "240.0.0.0/4",  # reserved and broadcast, RFC 1112 and RFC 919
        ),
    )
)

# Everything outside is loopback, mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96,
# 64:ff9b:1::/48), discard, unique local, link-local, site-local or multicast.
GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291

NOT_PUBLIC_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, RFC 2928: Teredo (RFC 4380), ORCHID, benchmarks
            "2001:db8::/32",  # documentation, RFC 3849
            "2002::/16",  # 6to4, RFC 3056: any IPv4 address inside
            "2620:4f:8000::/48",  # AS112, RFC 7534
            "3ffe::/16",  # 6bone, returned by RFC 3701
            "3fff::/20",  # documentation, RFC 9637
        ),
    )
)

# ISATAP (RFC 5214) puts an IPv4 address behind these, under any prefix.
ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: str) -> bool:
    """Whether an address, as `getaddrinfo` writes it, is one that anybody on the Internet may use."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return not any(found in network for network in NOT_PUBLIC_V4)
    return _is_public_v6(found)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in GLOBAL_UNICAST:
        return False
    if (int(address) >> 32) & 0xFFFFFFFF in ISATAP:
        return False
    return not any(address in network for network in NOT_PUBLIC_V6)
