"""`ip` and `cidr` (pkg/cel/library/ip.go, cidr.go)."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from reconciler.cel.functions.opaque import expect, opaque
from reconciler.cel.functions.signature import Signature, function, method

_IP, _CIDR = "ip", "cidr"
_RANGE = re.compile(r"([^/]+)/(0|[1-9][0-9]{0,2})")


def _parse_ip(text: str) -> IPv4Address | IPv6Address:
    """Without zones and IPv4-mapped addresses, which Kubernetes refuses."""
    if "%" in text:
        raise ValueError(f"IP address {text!r} with zone value is not allowed")
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError(f"IP Address {text!r} parse error during conversion from string") from None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        raise ValueError(f"IPv4-mapped IPv6 address {text!r} is not allowed")
    return address


def _parse_cidr(text: str) -> tuple[IPv4Address | IPv6Address, int]:
    found = _RANGE.fullmatch(text)
    address = _parse_ip(found[1]) if found else None
    if found is None or address is None or int(found[2]) > address.max_prefixlen:
        raise ValueError("network address parse error during conversion from string")
    return address, int(found[2])


def _ip(text: str) -> dict[str, Any]:
    return opaque(_IP, text=str(_parse_ip(text)))


def _address(value: Any) -> IPv4Address | IPv6Address:
    return ip_address(value if isinstance(value, str) else expect(value, _IP)["text"])


def _cidr(text: str) -> dict[str, Any]:
    address, length = _parse_cidr(text)
    return opaque(_CIDR, text=f"{address}/{length}")


def _parts(value: Any) -> tuple[IPv4Address | IPv6Address, int]:
    return _parse_cidr(expect(value, _CIDR)["text"])


def _network(value: Any) -> IPv4Network | IPv6Network:
    return ip_network(expect(value, _CIDR)["text"], strict=False)


def _accepts(parse: Any) -> Any:
    def accepts(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return accepts


def _contains_ip(value: Any, address: Any) -> bool:
    return _address(_ip(address) if isinstance(address, str) else address) in _network(value)


def _contains_cidr(value: Any, other: Any) -> bool:
    outer = _network(value)
    address, length = _parse_cidr(other) if isinstance(other, str) else _parts(other)
    return address.version == outer.version and address in outer and length >= outer.prefixlen


def _masked(value: Any) -> dict[str, Any]:
    return opaque(_CIDR, text=str(_network(value)))


def _is_global_unicast(value: Any) -> bool:
    """Go's IsGlobalUnicast, which private addresses are, too."""
    one = _address(value)
    broadcast = isinstance(one, IPv4Address) and int(one) == 2**32 - 1
    return not (one.is_unspecified or one.is_loopback or one.is_multicast or one.is_link_local or broadcast)


def _is_link_local_multicast(value: Any) -> bool:
    one = _address(value)
    packed = one.packed
    return packed[:3] == b"\xe0\x00\x00" if isinstance(one, IPv4Address) else packed[0] == 0xFF and packed[1] & 0x0F == 2


def _is_unspecified(value: Any) -> bool:
    return _address(value).is_unspecified


def _of_cidr(value: Any) -> dict[str, Any]:
    return opaque(_IP, text=str(_parts(value)[0]))


def _is_canonical(text: str) -> bool:
    return str(_parse_ip(text)) == text


SIGNATURES: tuple[Signature, ...] = (
    function("ip", _ip, "string"),
    function("isIP", _accepts(_parse_ip), "string"),
    function("ip.isCanonical", _is_canonical, "string"),
    method("family", lambda value: _address(value).version, "map"),
    method("isUnspecified", _is_unspecified, "map"),
    method("isLoopback", lambda value: _address(value).is_loopback, "map"),
    method("isLinkLocalMulticast", _is_link_local_multicast, "map"),
    method("isLinkLocalUnicast", lambda value: _address(value).is_link_local, "map"),
    method("isGlobalUnicast", _is_global_unicast, "map"),
    function("cidr", _cidr, "string"),
    function("isCIDR", _accepts(_parse_cidr), "string"),
    method("containsIP", _contains_ip, "map", "string"),
    method("containsIP", _contains_ip, "map", "map"),
    method("containsCIDR", _contains_cidr, "map", "string"),
    method("containsCIDR", _contains_cidr, "map", "map"),
    method("ip", _of_cidr, "map"),
    method("masked", _masked, "map"),
    method("prefixLength", lambda value: _parts(value)[1], "map"),
)
