"""A planted key goes through every way in which a vendor fails, and is found nowhere but sealed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from demo.faults import Kind
from tests.canary import Staff, files, kept_in_redis, overheard, rows, shows
from tests.house import ROOT, VENDORS, House, eventually, running
from tests.workers import own_workers

# With what a URL, JSON and HTML write in another way; a login is an account and a key.
KEY = 'kanarie/7f3a+b9=="51&c0de<5e:1d4ca70e'
SEALING = Fernet.generate_key().decode()
PASSWORD = "of the one who plants it"
# Beside those that the market speaks for: a key in the path, and a key in a login.
ELSEWHERE = ("exchangerate_api_v6", "xe")
MASKLESS = "from providers import secrets; secrets.mask = lambda text, secret: text"
TASK = "from fxengine.celery import app; app.send_task('fxengine.tasks.beat', kwargs={{'said': {key!r}}})"
pytestmark = pytest.mark.faults


def planted(house: House, staff: Staff) -> dict[str, int]:
    """Set the key of every source of the market, and of two more, as staff do; return the rows by key."""
    keys = (*VENDORS, *ELSEWHERE)
    found = dict(house.query(f"SELECT key, id FROM providers_provider WHERE key IN {keys}"))
    for key, pk in found.items():
        address = f"{house.market}/fixer/" if key in ELSEWHERE else ""
        staff.set_up(pk, api_key=KEY, base_url=address, enabled="on", interval_seconds="1")
    return found


def every_failure(house: House, sources: dict[str, int]) -> dict[str, set[str]]:
    """Have all sources polled under each fault; return the outcomes of each fault."""
    ended = {}
    for kind in Kind:
        ((since,),) = house.query("SELECT now()::text")
        house.fault("*", kind)
        wanted = f"FROM providers_poll WHERE started_at > '{since}' AND provider_id IN {(*sources.values(),)}"
        eventually(
            lambda wanted=wanted: (
                house.query(f"SELECT count(DISTINCT provider_id) {wanted}") == [(len(sources),)]
            ),
            40,
        )
        ended[kind.value] = {outcome for (outcome,) in house.query(f"SELECT DISTINCT outcome {wanted}")}
    return ended


def look_around(staff: Staff, sources: dict[str, int]) -> None:
    """Open every page and ask for every answer that tells of sources."""
    for path in ("providers", "health", "rates/EUR/USD", "rates/NOK/SEK", "rates"):
        staff.open(f"api/v1/{path}", **({"explain": "1"} if path.startswith("rates/") else {}))
    staff.open("api/schema")
    for table in ("provider", "poll", "breakertransition", "ticklog", "newesttick"):
        staff.open(f"admin/providers/{table}/")
    staff.open("admin/django_celery_beat/periodictask/")
    for key, pk in sources.items():
        staff.open(f"api/v1/providers/{key}")
        staff.open(f"api/v1/providers/{key}/polls")
        for page in ("change/", "history/", "test-now/"):
            staff.open(f"admin/providers/provider/{pk}/{page}")


def test_a_planted_key_is_found_nowhere_but_sealed(tmp_path: Path) -> None:
    with (
        running(tmp_path, 1, FX_SECRET_KEYS=SEALING, FX_ADMIN_PASSWORD=PASSWORD) as house,
        overheard(house) as commands,
    ):
        staff = Staff(house, PASSWORD)
        sources = planted(house, staff)
        ended = every_failure(house, sources)
        house.fault("*", "echo")
        look_around(staff, sources)

        def places() -> dict[str, bytes]:
            told = {"commands": b"\n".join(commands)}
            return told | files(tmp_path) | rows(house) | kept_in_redis(house) | staff.pages

        found = places()
        print(
            f"\n{len(ended)} faults, {len(found)} places, {sum(map(len, found.values())) >> 20} MiB: {ended}"
        )
        assert shows(found, KEY) == set()
        sealed = house.query(f"SELECT sealed_key FROM providers_provider WHERE id IN {(*sources.values(),)}")
        assert {Fernet(SEALING).decrypt(key).decode() for (key,) in sealed} == {KEY}
        assert house.query("SELECT count(*) > 4 FROM providers_poll WHERE detail LIKE '%***%'") == [(True,)]

        with own_workers(house, tmp_path) as workers:
            worker = workers.start(MASKLESS)
            eventually(lambda: house.query("SELECT 1 FROM providers_poll WHERE detail LIKE '%kanarie/7f3a%'"))
            variables = workers.variables
            worker.kill()
        told = TASK.format(key=KEY)
        subprocess.run([sys.executable, "-c", told], cwd=ROOT, env=variables, check=True)
        look_around(staff, sources)
        leaks = shows(places(), KEY)
        print(f"control, without the mask and with a careless task: {sorted(leaks)}")
        assert {"dump", "commands", "page GET admin/providers/poll/", "page GET api/v1/providers"} <= leaks
        assert "file worker-1.log" in leaks
