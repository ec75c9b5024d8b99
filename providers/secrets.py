"""Keep provider keys encrypted at rest and unreadable by accident."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from typing import NoReturn
from urllib.parse import quote, quote_plus

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

# What a field or a parameter is called that holds a secret.
KEYLIKE_NAMES = r"(?:api[_-]?key|access[_-]?key|app[_-]?id|token|password|secret|authorization)"
# Of `account:key` a shorter part is in many a word that is none.
_SHORTEST_PART = 4


class SecretUnreadable(Exception):
    """Say that no key of `FX_SECRET_KEYS` opens a stored secret."""


class Secret:
    """Hold a key so that printing, formatting, pickling and JSON show nothing of it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not to be pickled")

    def reveal(self) -> str:
        """Give the key itself; only the signer of requests asks."""
        return self._text


def seal(text: str) -> str:
    """Encrypt with the first key of `FX_SECRET_KEYS`."""
    return _fernet().encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> Secret:
    """Decrypt with any key of `FX_SECRET_KEYS`. Raises: SecretUnreadable, never an empty key."""
    if not sealed:
        return Secret("")
    try:
        return Secret(_fernet().decrypt(sealed.encode()).decode())
    except InvalidToken:
        raise SecretUnreadable("no key of FX_SECRET_KEYS opens this secret") from None


def reseal(sealed: str) -> str:
    """Encrypt again with the first key. Raises: SecretUnreadable."""
    return seal(unseal(sealed).reveal())


def mask(text: str, secret: Secret) -> str:
    """Blot a key out of a text that may echo it, whole or a part of its login, however it is written."""
    if not secret:
        return text
    key = secret.reveal()
    parts = [part for part in key.split(":") if len(part) >= _SHORTEST_PART]
    forms = {written for part in (key, *parts) for written in _forms(part)}
    for written in sorted(forms, key=len, reverse=True):
        text = re.sub(re.escape(written), "***", text, flags=re.IGNORECASE)
    return text


def _forms(part: str) -> set[str]:
    """Write a text as it is, as in a URL and as in a login."""
    return {part, quote(part), quote(part, safe=""), quote_plus(part), b64encode(part.encode()).decode()}


@cache
def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FX_SECRET_KEYS])
