"""The reference rates of every day: real ones, then simulated ones."""

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import pytest

from demo.days import business_days, fixed_at
from demo.exchange import Exchange
from demo.history import History
from demo.levels import EcbFile

Rows = dict[str, dict[str, str]]

YESTERDAY = date(2026, 11, 17)


@pytest.fixture(scope="module")
def history(exchange: Exchange) -> History:
    return exchange.history


@pytest.fixture(scope="module")
def rows(history: History) -> Rows:
    header, *lines = history.csv(YESTERDAY).splitlines()
    columns = header.split(",")
    return {line[:10]: dict(zip(columns, line.split(","), strict=True)) for line in lines}


@pytest.mark.parametrize(("code", "rate"), [("USD", "1.0689"), ("JPY", "171.42"), ("GBP", "0.84453")])
def test_the_file_holds_known_published_figures(rows: Rows, code: str, rate: str) -> None:
    assert rows["2024-06-26"][code] == rate


def test_the_file_has_every_business_day_up_to_yesterday_newest_first(rows: Rows) -> None:
    days = [day.isoformat() for day in business_days(date(2002, 1, 1), YESTERDAY)]
    assert list(rows)[: len(days)] == days[::-1]
    assert list(rows)[-1] == "1999-01-04"


def test_simulated_days_begin_after_the_last_real_one(history: History, ecb_file: EcbFile) -> None:
    assert history.simulated_from > ecb_file.last_day
    assert history.rates(ecb_file.last_day) == ecb_file.newest
    assert history.marks(ecb_file.last_day) == {}
    assert history.marks(history.simulated_from) == {
        "X-Demo-Simulated-From": history.simulated_from.isoformat()
    }


def test_a_simulated_day_is_the_walk_at_a_quarter_past_two(history: History, exchange: Exchange) -> None:
    for day in history.days(history.simulated_from, YESTERDAY):
        walk = exchange.feed.per_euro(int(fixed_at(day).timestamp()), history.ecb.live)
        for code, rate in history.rates(day).items():
            digit = Decimal(1).scaleb(-history.ecb.decimals[code])
            assert abs(rate - walk[code]) <= digit / 2
            assert rate.as_tuple().exponent == digit.as_tuple().exponent


def test_simulated_days_carry_the_currencies_of_the_last_real_one(
    history: History, ecb_file: EcbFile
) -> None:
    assert list(history.rates(history.simulated_from)) == ecb_file.live


def test_simulated_days_stay_near_the_real_level(history: History, ecb_file: EcbFile) -> None:
    for day in history.days(history.simulated_from, YESTERDAY):
        for code, rate in history.rates(day).items():
            assert abs(rate / ecb_file.newest[code] - 1) < Decimal("0.03")


def test_ended_currencies_are_not_available_on_simulated_days(rows: Rows, history: History) -> None:
    row = rows[history.simulated_from.isoformat()]
    assert (row["BGN"], row["HRK"], row["RUB"]) == ("N/A", "N/A", "N/A")
    assert row[""] == ""


def test_the_file_drops_trailing_zeros(rows: Rows) -> None:
    assert not any(cell.endswith("0") for row in rows.values() for cell in row.values() if "." in cell)


def test_the_real_part_is_the_ecbs_own_text(history: History, ecb_file: EcbFile) -> None:
    header, newline, body = ecb_file.text().partition("\n")
    written = history.csv(YESTERDAY)
    assert written.startswith(header + newline)
    assert written.endswith(body)
    assert history.csv(ecb_file.last_day) == ecb_file.text()


def test_the_archive_says_from_when_on_it_is_simulated(history: History, ecb_file: EcbFile) -> None:
    with zipfile.ZipFile(io.BytesIO(history.archive(YESTERDAY))) as archive:
        assert archive.namelist() == ["eurofxref-hist.csv"]
        assert archive.comment == f"Simulated from {history.simulated_from}".encode()
        assert archive.read("eurofxref-hist.csv").decode() == history.csv(YESTERDAY)


def test_a_day_without_rates_has_none(history: History) -> None:
    with pytest.raises(KeyError):
        history.rates(date(2024, 6, 30))


def test_days_join_real_and_simulated_ones(history: History, ecb_file: EcbFile) -> None:
    days = history.days(ecb_file.last_day - timedelta(days=3), history.simulated_from + timedelta(days=1))
    assert days == sorted(days, reverse=True)
    assert ecb_file.last_day in days
    assert history.simulated_from in days
    assert len(days) == 6
