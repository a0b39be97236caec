"""Where a probe may connect: to addresses that were looked at, of names all of whose addresses are public.

What an officer enters must not make us speak to our own network. Source: complaints.md section 10.
"""

import asyncio
import ipaddress
import socket
from ipaddress import IPv4Address, IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
MOST_ADDRESSES = 4
"""So many addresses of a name are tried, in the order in which the resolver gives them."""


class NotPublicError(Exception):
    """The name leads to an address that is not public."""


async def addresses_of(host: str, port: int, *, allows_loopback: bool = False) -> list[str]:
    """Return the addresses of a name, to connect to as they are.

    Raises `NotPublicError` where any of them is not public, `OSError` for a name that leads nowhere.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(_may_be_called(one, allows_loopback=allows_loopback) for one in addresses):
        raise NotPublicError
    return addresses[:MOST_ADDRESSES]


def is_public(address: str) -> bool:
    """Tell whether an address is one of the public network, also one that is wrapped in another."""
    if "%" in address:  # of a link of this machine
        return False
    return all(one.is_global and not one.is_multicast and not one.is_reserved for one in _layers(address))


def _may_be_called(address: str, *, allows_loopback: bool) -> bool:
    is_own = "%" not in address and ipaddress.ip_address(address).is_loopback
    return is_public(address) or (allows_loopback and is_own)


def _layers(address: str) -> list[IPv4Address | IPv6Address]:
    """Return an address with those that it carries: mapped, 6to4, Teredo, NAT64."""
    one = ipaddress.ip_address(address)
    if isinstance(one, IPv4Address):
        return [one]
    carried = [one.ipv4_mapped, one.sixtofour, *(one.teredo or ())]
    if one in _NAT64:
        carried.append(IPv4Address(int(one) & 0xFFFF_FFFF))
    inner = [each for each in carried if each is not None]
    is_mere_wrap = one.ipv4_mapped is not None or one in _NAT64
    return inner if is_mere_wrap else [one, *inner]
