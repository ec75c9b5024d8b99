"""Each part of the house is seen for itself, and the whole is down only where it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from devstack import ports
from devstack.engines import Valkey
from fxengine import pulse
from providers.models import Poll, Provider
from rates.models import Rate
from rates.price import Price
from rates.tests.contract import assert_described
from rates.tests.scene import Market

pytestmark = pytest.mark.django_db
COMPONENTS = {"database", "cache", "broker", "channel_layer", "worker", "beat", "ingest"}
SOURCES = {"ecb", "fixer", "freecurrencyapi", "openexchangerates"}
Prices = dict[str, Price]


@pytest.fixture(autouse=True)
def _no_pulse() -> Iterator[None]:
    cache.delete("pulse:worker")
    yield
    cache.delete("pulse:worker")


def health(client: APIClient) -> dict[str, Any]:
    answer = client.get("/api/v1/health")
    assert_described(answer)
    found: dict[str, Any] = answer.json()
    assert answer.status_code == (503 if found["status"] == "down" else 200)
    return found


def without_database(job: Callable[[], Any]) -> Any:
    """Run a job on a thread whose connection leads to a port where nobody listens."""
    known = connection.settings_dict["PORT"]
    connection.settings_dict["PORT"] = str(ports.any_free())
    try:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(job).result()
    finally:
        connection.settings_dict["PORT"] = known


@pytest.fixture
def no_redis(own_valkey: Valkey, settings: Settings) -> None:
    """Take Redis away."""
    settings.REDIS_URL = own_valkey.url
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": own_valkey.url}}
    own_valkey.stop()


def test_it_shows_every_component_and_every_source(api: APIClient, prices: Prices) -> None:
    found = health(api)
    assert found["environment"] == "demo"
    assert set(found["components"]) == COMPONENTS | {f"provider:{key}" for key in SOURCES}
    for name in ("database", "cache", "broker"):
        part = found["components"][name]
        assert (part["status"], part["detail"]) == ("ok", "answers")
        assert part["latency_ms"] >= 0


def test_the_house_is_degraded_while_any_part_is_not_well(api: APIClient, prices: Prices) -> None:
    found = health(api)
    assert found["status"] == "degraded"
    states = {name: part["status"] for name, part in found["components"].items()}
    assert (states["worker"], states["beat"], states["channel_layer"]) == ("down", "down", "degraded")


def test_a_beat_that_a_worker_ran_lately_shows_that_both_live(api: APIClient, prices: Prices) -> None:
    pulse.beat(timezone.now() - timedelta(seconds=3))
    parts = health(api)["components"]
    assert {parts[name]["status"] for name in ("worker", "beat")} == {"ok"}
    pulse.beat(timezone.now() - timedelta(seconds=21))
    parts = health(api)["components"]
    assert {parts[name]["status"] for name in ("worker", "beat")} == {"down"}


def test_ingest_is_judged_by_the_age_of_the_newest_tick(api: APIClient, prices: Prices) -> None:
    assert health(api)["components"]["ingest"]["status"] == "ok"
    Rate.objects.update(as_of=timezone.now() - timedelta(minutes=5))
    ingest = health(api)["components"]["ingest"]
    assert ingest["status"] == "degraded"
    assert ingest["detail"].startswith("newest tick 30")


def test_without_a_price_ingest_is_degraded(api: APIClient, seeded: None) -> None:
    assert health(api)["components"]["ingest"]["detail"] == "no price yet"


def test_a_source_is_shown_by_its_newest_poll(api: APIClient, seeded: None) -> None:
    now = timezone.now()
    for key, outcome in (("fixer", "ok"), ("freecurrencyapi", "quota")):
        Poll.objects.create(
            provider=Provider.objects.get(key=key), started_at=now, latency_ms=42, outcome=outcome
        )
    Provider.objects.filter(key="ecb").update(enabled=False)
    parts = health(api)["components"]
    assert parts["provider:fixer"] == {"status": "ok", "latency_ms": 42, "detail": "ok"}
    assert (parts["provider:freecurrencyapi"]["status"], parts["provider:freecurrencyapi"]["detail"]) == (
        "degraded",
        "quota",
    )
    assert parts["provider:openexchangerates"]["detail"] == "waiting"
    assert "provider:ecb" not in parts


def test_without_the_database_the_house_is_down(api: APIClient) -> None:
    found = without_database(lambda: health(api))
    assert found["status"] == "down"
    assert found["components"]["database"]["status"] == "down"
    assert found["components"]["cache"]["status"] == "ok"
    assert set(found["components"]) == COMPONENTS


def test_other_endpoints_say_that_the_database_is_away(api: APIClient) -> None:
    answer = without_database(lambda: api.get("/api/v1/rates"))
    assert_described(answer)
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "unavailable", "2")


def test_without_redis_the_house_is_degraded_and_still_answers(
    api: APIClient, prices: Prices, no_redis: None
) -> None:
    found = health(api)
    assert found["status"] == "degraded"
    parts = found["components"]
    assert {parts[name]["status"] for name in ("cache", "broker", "worker", "beat")} == {"down"}
    assert parts["database"]["status"] == "ok"
    assert api.get("/api/v1/rates/EUR/USD").status_code == 200


def test_it_names_no_address_and_no_password(api: APIClient, prices: Prices, no_redis: None) -> None:
    text = api.get("/api/v1/health").content.decode()
    # An empty password, of a server that trusts loopback, is no secret.
    password = connection.settings_dict["PASSWORD"] or "no password"
    for secret in (django_settings.REDIS_URL, password, "127.0.0.1"):
        assert secret not in text


def test_it_asks_no_vendor(api: APIClient, prices: Prices, vendors: Market) -> None:
    before = vendors.status()["vendors"]
    health(api)
    assert vendors.status()["vendors"] == before


def test_its_cost_does_not_grow_with_the_prices(
    api: APIClient, prices: Prices, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(8):
        health(api)


def test_the_process_is_alive_without_anything_else(api: APIClient, no_redis: None) -> None:
    answer = without_database(lambda: api.get("/livez"))
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_it_is_ready_with_a_migrated_database_and_redis(api: APIClient) -> None:
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_it_is_not_ready_without_the_database(api: APIClient) -> None:
    answer = without_database(lambda: api.get("/readyz"))
    assert (answer.status_code, answer.json()["status"]) == (503, "down")


def test_it_is_not_ready_without_redis(api: APIClient, no_redis: None) -> None:
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json()["components"]["cache"]["status"]) == (503, "down")


def test_it_is_not_ready_while_a_migration_is_missing(api: APIClient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'rates'")
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json()["components"]["database"]["detail"][-19:]) == (
        503,
        " migrations missing",
    )


def test_where_reading_is_not_public_probes_still_answer(
    api: APIClient, seeded: None, settings: Settings
) -> None:
    settings.FX_PUBLIC_READ = False
    assert [api.get(path).status_code for path in ("/livez", "/readyz", "/api/v1/health")] == [200, 200, 401]


def test_a_database_of_the_other_environment_is_no_database_to_serve_from(
    api: APIClient, prices: Prices, settings: Settings
) -> None:
    settings.FX_ENVIRONMENT, settings.FX_DEMO = "live", False
    assert api.get("/readyz").status_code == 503
    found = health(api)
    assert (found["status"], found["components"]["database"]["detail"]) == ("down", "WrongEnvironment")
