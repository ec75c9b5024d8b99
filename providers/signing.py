"""Put the key of a source into a request; it joins here and nowhere else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin

from providers.adapters.base import Auth, Request
from providers.secrets import Secret


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it goes out; any part may hold the key, so none is shown."""

    method: str
    url: str = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)


def sign(asked: Request, auth: Auth, secret: Secret, address: str) -> Signed:
    """Build what is sent to a provider at `address`, which ends in a slash."""
    path, parameters, headers = asked.path, dict(asked.parameters), dict(asked.headers)
    if secret and auth.place == "path":
        path = path.replace("{key}", quote(secret.reveal(), safe=""))
    elif secret and auth.place in ("query", "header"):
        signed = parameters if auth.place == "query" else headers
        signed[auth.name] = _written(auth.form, secret.reveal())
    content = asked.content.encode() or None
    return Signed("POST" if content else "GET", urljoin(address, path), parameters, headers, content)


def _written(form: str, key: str) -> str:
    """Write the key as the vendor wants it; not by `format`, whose errors would show it."""
    basic = b64encode(key.encode()).decode() if "{basic}" in form else ""
    return form.replace("{basic}", basic) if basic else form.replace("{key}", key)
