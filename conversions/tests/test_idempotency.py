"""Hold a key to one answer: raced, repeated, failed, expired."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import DatabaseError, connection

from conversions.idempotency import Answer, Claim, claim, once
from conversions.models import KEY_LIFE, IdempotencyKey, Receipt
from conversions.tests.builders import NOW
from conversions.tests.test_models import receipt
from rates.errors import ApiError

MINE = Claim("user:1", "order-881", "digest")
DEADLINE = 10


def work(asked: Claim = MINE, *, now: Any = NOW, prepare: Any = receipt) -> Answer:
    """Answer once by storing a receipt."""

    def commit(made: Receipt) -> tuple[int, dict[str, Any]]:
        made.save()
        return 201, {"z": str(made.id), "a": ["\u00e9", None]}

    return once(asked, now, prepare=prepare, commit=commit)


def code_of(*arguments: Any, **named: Any) -> str:
    """Name why an answer was refused."""
    with pytest.raises(ApiError) as refused:
        work(*arguments, **named)
    return refused.value.code


@pytest.mark.django_db
def test_the_same_request_gets_the_same_answer_without_any_work() -> None:
    first = work()
    again = work(prepare=lambda: pytest.fail("it worked twice"))
    assert (again.status, again.body, again.replayed) == (201, first.body, True)
    assert list(again.body) == list(first.body) == ["z", "a"]
    assert not first.replayed
    assert Receipt.objects.count() == 1


@pytest.mark.django_db
def test_another_body_under_the_key_is_refused() -> None:
    work()
    assert code_of(Claim("user:1", "order-881", "other")) == "idempotency_key_reused"
    assert Receipt.objects.count() == 1


@pytest.mark.django_db
def test_keys_of_others_and_other_keys_do_not_meet() -> None:
    answers = [
        work(),
        work(Claim("user:2", "order-881", "digest")),
        work(Claim("user:1", "order-882", "digest")),
    ]
    assert len({answer.body["z"] for answer in answers}) == Receipt.objects.count() == 3


@pytest.mark.django_db
def test_a_key_may_be_used_again_after_24_hours() -> None:
    first = work()
    assert work(now=NOW + KEY_LIFE - timedelta(seconds=1)).body == first.body
    later = work(Claim("user:1", "order-881", "other"), now=NOW + KEY_LIFE)
    assert later.body != first.body
    assert IdempotencyKey.objects.get().fingerprint == "other"


@pytest.mark.django_db(transaction=True)
def test_a_failure_before_the_end_keeps_neither_receipt_nor_key() -> None:
    def fail(made: Receipt) -> tuple[int, dict[str, Any]]:
        made.save()
        raise ApiError("no_rate", 503, "None.")

    with pytest.raises(ApiError, match="None"):
        once(MINE, NOW, prepare=receipt, commit=fail)
    assert not Receipt.objects.exists()
    assert work().status == 201


@pytest.mark.django_db(transaction=True)
def test_a_broken_transaction_keeps_neither_receipt_nor_key() -> None:
    with pytest.raises(DatabaseError):
        once(MINE, NOW, prepare=receipt, commit=lambda made: (made.save(), receipt(side="last").save()))  # type: ignore[arg-type,func-returns-value]
    assert not Receipt.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert work().status == 201


@pytest.mark.django_db(transaction=True)
def test_while_the_first_still_runs_the_second_is_told_so() -> None:
    started, finish = Event(), Event()

    def slowly() -> Receipt:
        started.set()
        assert finish.wait(DEADLINE)
        return receipt()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(_closing, lambda: work(prepare=slowly))
        assert started.wait(DEADLINE)
        assert code_of() == "idempotency_in_flight"
        assert work(Claim("user:1", "order-882", "digest")).status == 201
        finish.set()
        answer = first.result(DEADLINE)
    assert work() == Answer(201, answer.body, replayed=True)


@pytest.mark.django_db(transaction=True)
def test_a_request_whose_session_dies_frees_its_key() -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(DatabaseError):
        pool.submit(_closing, lambda: work(prepare=_die)).result(DEADLINE)
    assert work().status == 201


@pytest.mark.django_db(transaction=True)
def test_racing_requests_make_one_receipt() -> None:
    def race(_: int) -> str:
        try:
            return str(_closing(work).body["z"])
        except ApiError as refused:
            return refused.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = set(pool.map(race, range(40)))
    made = str(Receipt.objects.get().id)
    assert made in outcomes
    assert outcomes <= {made, "idempotency_in_flight"}


@pytest.mark.django_db(transaction=True)
def test_the_constraint_holds_where_the_lock_does_not() -> None:
    """A pooler that gives each statement another session breaks session locks; play the rival inside."""

    def prepare_while_another_finishes() -> Receipt:
        IdempotencyKey.objects.create(
            owner=MINE.owner, key=MINE.key, fingerprint="digest", status=201, body="{}", created_at=NOW
        )
        return receipt()

    assert code_of(prepare=prepare_while_another_finishes) == "idempotency_in_flight"
    assert not Receipt.objects.exists()


def test_a_claim_needs_an_owner() -> None:
    with pytest.raises(ApiError) as refused:
        claim("", "order-881", {})
    assert (refused.value.code, refused.value.status) == ("not_authenticated", 401)


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9", "a\tb", "a\nb", "\x7f", "a\x00"])
def test_a_key_is_1_to_255_printable_characters(key: str) -> None:
    with pytest.raises(ApiError) as refused:
        claim("user:1", key, {})
    assert (refused.value.code, refused.value.errors[0]["field"]) == ("invalid_request", "Idempotency-Key")
    assert claim("user:1", "x" * 255, {}).key == "x" * 255


def test_a_body_is_the_same_whatever_the_order_of_its_fields() -> None:
    one, other = {"from": "EUR", "amount": "1"}, {"amount": "1", "from": "EUR"}
    assert claim("user:1", "k", one) == claim("user:1", "k", other)
    assert claim("user:1", "k", one) != claim("user:1", "k", {"from": "EUR", "amount": "1.0"})


def _closing(call: Any) -> Any:
    """Run in a thread and give its connection back, so that the test database can be emptied."""
    try:
        return call()
    finally:
        connection.close()


def _die() -> Receipt:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    raise AssertionError("the session lives on")
