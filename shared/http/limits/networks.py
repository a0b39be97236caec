"""Whom an address stands for, where callers are counted by their source."""

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(host: str, ipv6_prefix: int = 64) -> str:
    """Return the network of an address: an IPv4 one itself, also mapped into IPv6, or an IPv6 one's prefix.

    A household or a telephone has a whole /64 and changes addresses in it at will. Text that is no address is
    its own network.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, ipv6_prefix), strict=False))
        address = address.ipv4_mapped
    return str(address)
