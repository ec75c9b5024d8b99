"""Keep requests to sources out of our own network: every address is checked, and only a checked one dialled.

A name is resolved once a connection and the connection goes to the very address that was checked, so a
name that changes its mind in between gains nothing. TLS and the Host header keep the name.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import httpcore
from django.conf import settings

from providers.adapters.base import Category, ProviderError

RESOLVE_SECONDS = 2.0
_PORTS = {"http": 80, "https": 443}
# Beside what the standard library calls not global: what it lets through and should not be dialled.
# Source: https://www.iana.org/assignments/iana-ipv4-special-registry/
_SPECIAL_V4 = [
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carriers' own, and a cloud's metadata
        "168.63.129.16/32",  # a cloud's metadata under a public address
        "192.0.0.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.175.48.0/24",
        "198.18.0.0/15",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
]
_UNICAST_V6 = ip_network("2000::/3")
# Inside the global unicast addresses: tunnels that carry an IPv4 address, protocols' own, documentation.
# Source: https://www.iana.org/assignments/iana-ipv6-special-registry/
_SPECIAL_V6 = [
    ip_network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "3ffe::/16")
]


class Refused(ProviderError):
    """Say that an address is none to be asked."""

    def __init__(self, why: str) -> None:
        super().__init__(Category.UNAVAILABLE, why)


def check_address(url: str) -> None:
    """See that a URL may be asked, as far as can be told now. Raises: Refused, its `detail` for staff.

    A name that cannot be resolved now passes: whatever it is then, it is checked when it is dialled.
    """
    check_form(url)
    parts = urlsplit(url)
    checked(_resolved(str(parts.hostname), parts.port or _PORTS[parts.scheme]))


def check_form(url: str) -> None:
    """See that a URL is http or https to a host, without a login. Raises: Refused."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise Refused("no address of the web")
    if "@" in parts.netloc:
        raise Refused("a login in the address")


def is_public(text: str) -> bool:
    """Say whether an address is one of the open internet, reached without a tunnel or a translator."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        known = address in _UNICAST_V6 and not any(address in network for network in _SPECIAL_V6)
    else:
        known = not any(address in network for network in _SPECIAL_V4)
    return known and address.is_global and not address.is_multicast and not address.is_reserved


def checked(addresses: Iterable[str]) -> list[str]:
    """Give the first address of each family, all being public. Raises: Refused."""
    found = list(addresses)
    if not settings.FX_ALLOW_PRIVATE_SOURCES and not all(is_public(address) for address in found):
        raise Refused("the address is not public")
    first: dict[type[IPv4Address | IPv6Address], str] = {}
    for address in found:
        first.setdefault(type(ip_address(address)), address)
    return list(first.values())


async def addresses(host: str, port: int) -> list[str]:
    """Resolve a name to what may be dialled, an address of each family. Raises: Refused, OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return checked(_addresses(found))


class Guarded(httpcore.AsyncNetworkBackend):
    """Open connections for the HTTP client, to checked addresses alone."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109, the client's own interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, dial. Raises: Refused, httpcore's ConnectTimeout and ConnectError."""
        try:
            async with asyncio.timeout(timeout):
                return await self._dial(await addresses(host, port), port, timeout)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise httpcore.ConnectError from error

    async def _dial(
        self, addresses: list[str], port: int, seconds: float | None
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers."""
        failure = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, seconds)
            except httpcore.ConnectError as error:
                failure = error
        raise failure


def _addresses(found: Iterable[tuple[Any, ...]]) -> list[str]:
    """Read the addresses off what the resolver says."""
    return [str(entry[4][0]) for entry in found]


def _resolved(host: str, port: int) -> list[str]:
    """Resolve a name; nothing where that fails or takes long: no page waits for a resolver that hangs."""
    answer: SimpleQueue[list[str]] = SimpleQueue()

    def resolve() -> None:
        try:
            answer.put(_addresses(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError):
            answer.put([])

    Thread(target=resolve, daemon=True).start()
    try:
        return answer.get(timeout=RESOLVE_SECONDS)
    except Empty:
        return []
