"""Answer the same request under the same key once, however often and from wherever it is sent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, connection, transaction

from conversions.models import IdempotencyKey
from rates.errors import ApiError, InvalidRequest, field_error

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[ -~]{1,255}")
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose key it is, the key, and a digest of the body it was sent with."""

    owner: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body, and whether they were given before."""

    status: int
    body: dict[str, Any]
    replayed: bool = False


def claim(owner: str, key: str, body: Any) -> Claim:
    """Check a key and bind it to a body.

    Raises: ApiError not_authenticated when nobody owns it, invalid_request when it is no key.
    """
    if not owner:
        raise ApiError(
            "not_authenticated",
            401,
            f"{HEADER} needs a session or an API key.",
            headers={"WWW-Authenticate": "Api-Key"},
        )
    if not _KEY.fullmatch(key):
        raise InvalidRequest(
            [field_error(HEADER, "invalid", "1 to 255 printable ASCII characters are needed.")]
        )
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return Claim(owner, key, hashlib.sha256(canonical.encode()).hexdigest())


def once(
    claim: Claim,
    now: datetime,
    *,
    prepare: Callable[[], Done],
    commit: Callable[[Done], tuple[int, dict[str, Any]]],
) -> Answer:
    """Answer from the kept key, or do the work and keep its answer in the transaction that stores it.

    `prepare` may take long and stores nothing; `commit` runs in the transaction. What they raise is not
    kept, so the caller may try again under the same key.

    Raises: ApiError idempotency_in_flight, idempotency_key_reused, and whatever the work raises.
    """
    with _alone(claim):
        kept = IdempotencyKey.objects.alive(now).filter(owner=claim.owner, key=claim.key).first()
        if kept:
            return _replay(kept, claim)
        done = prepare()
        with transaction.atomic():
            status, body = commit(done)
            _keep(claim, status, body, now)
        return Answer(status, body)


def _replay(kept: IdempotencyKey, claim: Claim) -> Answer:
    if kept.fingerprint != claim.fingerprint:
        raise ApiError("idempotency_key_reused", 422, "This key was used with another body.")
    return Answer(kept.status, json.loads(kept.body), replayed=True)


def _keep(claim: Claim, status: int, body: dict[str, Any], now: datetime) -> None:
    """Store the answer; the constraint holds even where a connection pooler splits sessions."""
    IdempotencyKey.objects.expired(now).filter(owner=claim.owner, key=claim.key).delete()
    row = IdempotencyKey(
        owner=claim.owner,
        key=claim.key,
        fingerprint=claim.fingerprint,
        status=status,
        body=json.dumps(body),
        created_at=now,
    )
    try:
        row.save(force_insert=True)
    except IntegrityError:
        raise _in_flight() from None


@contextmanager
def _alone(claim: Claim) -> Iterator[None]:
    """Hold the key for this request by a lock that PostgreSQL drops with the session, whatever kills it."""
    digest = hashlib.blake2b(f"{claim.owner}\n{claim.key}".encode(), digest_size=8).digest()
    number = int.from_bytes(digest, signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise _in_flight()
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def _in_flight() -> ApiError:
    return ApiError(
        "idempotency_in_flight",
        409,
        "The first request under this key is still running.",
        headers={"Retry-After": "1"},
    )
