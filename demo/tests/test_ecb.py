"""The ECB's files, byte for byte where a real one is known."""

import io
import zipfile
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from demo.exchange import Exchange
from demo.tests.builders import ask, moment
from demo.vendors import Vendor

NAMESPACE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}"
JUNE_2024 = moment(datetime(2024, 6, 26, 14, 30, tzinfo=UTC))
LAST_REAL_EVENING = moment(datetime(2026, 10, 30, 16, 0, tzinfo=UTC))
WEDNESDAY_MORNING = moment(datetime(2026, 11, 18, 9, 0, tzinfo=UTC))

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">\n'
    "\t<gesmes:subject>Reference rates</gesmes:subject>\n"
    "\t<gesmes:Sender>\n"
    "\t\t<gesmes:name>European Central Bank</gesmes:name>\n"
    "\t</gesmes:Sender>\n"
    "\t<Cube>\n"
    "\t\t<Cube time='2024-06-26'>\n"
    "\t\t\t<Cube currency='USD' rate='1.0689'/>\n"
    "\t\t\t<Cube currency='JPY' rate='171.42'/>\n"
    "\t\t\t<Cube currency='BGN' rate='1.9558'/>\n"
    "\t\t\t<Cube currency='CZK' rate='24.877'/>\n"
)
TAIL = "\t\t\t<Cube currency='ZAR' rate='19.4243'/>\n\t\t</Cube>\n\t</Cube>\n</gesmes:Envelope>"


@pytest.fixture(scope="module")
def ecb(exchange: Exchange) -> Vendor:
    return exchange.desks["ecb"].vendor


def cubes(root: Element) -> dict[str, dict[str | None, str | None]]:
    """Read every day of a file."""
    return {
        str(day.get("time")): {rate.get("currency"): rate.get("rate") for rate in day}
        for day in root.iter(f"{NAMESPACE}Cube")
        if day.get("time")
    }


def test_the_daily_file_of_a_known_day_is_the_ecbs(ecb: Vendor) -> None:
    answer = ecb.answer(ask("eurofxref-daily.xml"), JUNE_2024)
    assert (answer.status, answer.content_type) == (200, "text/xml")
    text = answer.body.decode()
    assert text.startswith(HEAD)
    assert text.endswith(TAIL)
    assert "\t\t\t<Cube currency='GBP' rate='0.84453'/>\n" in text
    assert "\t\t\t<Cube currency='ISK' rate='149.10'/>\n" in text
    assert len(text) == 1586


def test_a_real_day_is_not_marked_and_a_simulated_one_is(ecb: Vendor, exchange: Exchange) -> None:
    real = ecb.answer(ask("eurofxref-daily.xml"), LAST_REAL_EVENING)
    simulated = ecb.answer(ask("eurofxref-daily.xml"), WEDNESDAY_MORNING)
    since = exchange.history.simulated_from.isoformat()
    assert "X-Demo-Simulated-From" not in real.headers
    assert b"simulated" not in real.body
    assert simulated.headers["X-Demo-Simulated-From"] == since
    assert f"<!-- simulated from {since} -->".encode() in simulated.body


def test_the_daily_file_shows_the_last_day_published(ecb: Vendor) -> None:
    (day,) = cubes(fromstring(ecb.answer(ask("eurofxref-daily.xml"), WEDNESDAY_MORNING).body))
    assert day == "2026-11-17"


def test_it_keeps_the_ecbs_cache_headers(ecb: Vendor) -> None:
    headers = ecb.answer(ask("eurofxref-daily.xml"), JUNE_2024).headers
    assert headers["Last-Modified"] == "Wed, 26 Jun 2024 14:00:00 GMT"
    assert headers["Cache-Control"] == "max-age=300"
    assert headers["Expires"] == "Wed, 26 Jun 2024 14:35:00 GMT"
    assert "ETag" not in headers


def test_ninety_days_are_compact_and_newest_first(ecb: Vendor) -> None:
    answer = ecb.answer(ask("eurofxref-hist-90d.xml"), moment(datetime(2019, 11, 29, 16, 0, tzinfo=UTC)))
    days = cubes(fromstring(answer.body))
    assert (len(days), next(iter(days))) == (65, "2019-11-29")
    assert days["2019-11-29"]["ISK"] == "134"
    assert days["2019-11-28"]["JPY"] == "120.5"
    assert b'</Cube>\n<Cube time="2019-11-28"><Cube currency="USD" rate="1.1005"/>' in answer.body
    assert len(answer.body) == 77_543


def test_ninety_days_reach_from_simulated_into_real_ones(ecb: Vendor) -> None:
    days = cubes(fromstring(ecb.answer(ask("eurofxref-hist-90d.xml"), WEDNESDAY_MORNING).body))
    assert next(iter(days)) == "2026-11-17"
    assert days["2026-10-30"]["USD"] == "1.1172"
    assert list(days) == sorted(days, reverse=True)


def test_the_one_day_archive_is_the_ecbs_with_blanks_and_a_long_date(ecb: Vendor) -> None:
    answer = ecb.answer(ask("eurofxref.zip"), LAST_REAL_EVENING)
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        header, row = archive.read("eurofxref.csv").decode().splitlines()
    assert header.startswith("Date, USD, JPY, CZK, DKK, GBP, ")
    assert row.startswith("30 October 2026, 1.1172, 175.68, 24.353, 7.4735, 0.83380, ")
    assert header.endswith(", ZAR, ")
    assert row.endswith(", 18.6455, ")


def test_the_history_archive_has_the_newest_publication_on_top(ecb: Vendor) -> None:
    answer = ecb.answer(ask("eurofxref-hist.zip"), WEDNESDAY_MORNING)
    assert answer.content_type == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        lines = archive.read("eurofxref-hist.csv").decode().splitlines()
    assert lines[0].startswith("Date,USD,JPY,BGN,CYP,")
    assert lines[1].startswith("2026-11-17,")
    assert all(line.endswith(",") for line in lines)


def test_all_files_agree_on_the_newest_day(ecb: Vendor) -> None:
    daily = cubes(fromstring(ecb.answer(ask("eurofxref-daily.xml"), WEDNESDAY_MORNING).body))["2026-11-17"]
    published = ecb.published(WEDNESDAY_MORNING)
    assert published == {"base": "EUR", "date": "2026-11-17", "rates": daily}


@pytest.mark.parametrize("path", ["", "eurofxref-weekly.xml", "eurofxref-daily.xml/", "../control/status"])
def test_other_paths_are_the_web_servers_404(ecb: Vendor, path: str) -> None:
    answer = ecb.answer(ask(path), JUNE_2024)
    assert (answer.status, answer.content_type) == (404, "text/html; charset=utf-8")
