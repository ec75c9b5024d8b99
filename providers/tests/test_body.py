"""How answers are opened, and what ticks are made of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from time import process_time

import pytest

from providers.adapters.base import (
    Adapter,
    Ask,
    Basis,
    Body,
    Category,
    NoRates,
    ProviderError,
    Request,
    Tick,
    present,
)
from providers.tests.builders import NOW, tick

CZECH = "měna|kód\nkoruna|CZK\n"
# Punycode takes a minute for a third of a megabyte.
READ_WITHIN_S = 0.5


class Vendor(Adapter):
    """A vendor that answers one pair at a time."""

    def request(self, ask: Ask) -> Request:
        return Request("latest")


def made(stated: object, *, base: object = "EUR", quote: object = "USD", per: object = 1) -> Tick | None:
    return Vendor("vendor").tick(base, quote, stated, NOW, None, per=per)


@pytest.mark.parametrize(
    ("content", "content_type", "encoding"),
    [
        (CZECH.encode(), "", None),
        (b"\xef\xbb\xbf" + CZECH.encode(), "", None),
        (CZECH.encode("cp1250"), "text/plain; charset=windows-1250", None),
        (CZECH.encode("cp1250"), 'text/plain;charset="windows-1250"', None),
        (CZECH.encode("iso-8859-2"), "text/plain; charset=utf-8", "iso-8859-2"),
        (CZECH.encode("utf-16"), "text/plain; charset=utf-16", None),
    ],
)
def test_text_is_of_its_alphabet(content: bytes, content_type: str, encoding: str | None) -> None:
    assert Body(200, content, content_type).text(encoding) == CZECH


def test_xml_as_text_is_of_the_alphabet_it_declares() -> None:
    written = '<?xml version="1.0" encoding="windows-1251"?><a>Доллар</a>'
    assert Body(200, written.encode("windows-1251")).text() == written


@pytest.mark.parametrize("alphabet", ["punycode", "idna", "unicode_escape", "utf-7", "raw_unicode_escape"])
def test_no_vendor_chooses_a_codec_that_costs_more_than_its_length(alphabet: str) -> None:
    half = 160_000
    body = Body(200, b"a" * half + b"-" + b"b" * half, f"text/csv; charset={alphabet}")
    began = process_time()
    with pytest.raises(ProviderError) as caught:
        body.rows()
    assert caught.value.category is Category.BAD_BODY
    assert process_time() - began < READ_WITHIN_S


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain; charset=unheard-of"])
def test_text_of_no_alphabet_is_a_bad_body(content_type: str) -> None:
    with pytest.raises(ProviderError) as caught:
        Body(200, CZECH.encode("cp1250"), content_type).text()
    assert caught.value.category is Category.BAD_BODY


def test_csv_is_read_by_rows_and_by_headings() -> None:
    body = Body(200, b'Date, USD, "GBP", \r\n\r\n30 October 2026, 1.1172, 0.83380, \r\n')
    assert body.rows() == [["Date", "USD", "GBP", ""], ["30 October 2026", "1.1172", "0.83380", ""]]
    assert body.table() == [{"Date": "30 October 2026", "USD": "1.1172", "GBP": "0.83380", "": ""}]
    assert Body(200, b"a;b\n1,5;2").table(";") == [{"a": "1,5", "b": "2"}]
    assert Body(200, b"").table() == []


@pytest.mark.parametrize("content", [b" <!DOCTYPE html>\n<html>", b'a,"' + b"x" * 200_000])
def test_what_is_no_csv_is_a_bad_body(content: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        Body(200, content).rows()
    assert caught.value.category is Category.BAD_BODY


def test_json_may_be_an_object_or_a_list_of_them() -> None:
    assert Body(200, b'{"a":1.10}').json() == {"a": Decimal("1.10")}
    assert Body(200, b'[{"a":1}]').json_list() == Body(200, b' {"a":1}').records() == [{"a": 1}]
    for content in (b"[1]", b"{}", b"null"):
        with pytest.raises(ProviderError):
            Body(200, content).json_list()


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "54"}, timedelta(seconds=54)),
        (
            {"retry-after": "Fri, 20 Nov 2026 14:10:00 GMT", "date": "Fri, 20 Nov 2026 14:08:00 GMT"},
            timedelta(minutes=2),
        ),
        (
            {"retry-after": "Fri, 20 Nov 2026 14:08:00 GMT", "date": "Fri, 20 Nov 2026 14:10:00 GMT"},
            timedelta(0),
        ),
        ({"retry-after": "Fri, 20 Nov 2026 14:10:00 GMT"}, None),
        ({"retry-after": "soon", "date": "Fri, 20 Nov 2026 14:08:00 GMT"}, None),
        (
            {"retry-after": "Fri, 20 Nov 2026 14:10:00", "date": "Fri, 20 Nov 2026 14:08:00 GMT"},
            None,
        ),
        ({"retry-after": "9" * 30}, None),
        ({}, None),
    ],
)
def test_a_refusal_tells_how_long_to_wait(headers: dict[str, str], wait: timedelta | None) -> None:
    assert Body(429, b"", headers=headers).failure().retry_after == wait


def test_the_vendors_header_goes_before_its_documents() -> None:
    documented = timedelta(minutes=20)
    assert Body(429, b"", headers={"retry-after": "5"}).failure(
        "", None, documented
    ).retry_after == timedelta(seconds=5)
    assert Body(429, b"").failure("", None, documented).retry_after == documented


def test_a_body_knows_what_was_asked() -> None:
    assert Body(200, b"", request=Request("latest", {"base": "EUR"})).asked == {"base": "EUR"}
    assert Body(200, b"").asked == {}


def test_one_request_is_a_list_of_one() -> None:
    assert Vendor("vendor").requests(Ask(frozenset({"USD"}), today=date(2026, 11, 20))) == [Request("latest")]


def test_both_sides_without_a_mid_have_it_between_them() -> None:
    found = made({"bid": "1.0843", "ask": "1.0845"})
    assert found is not None
    assert (found.bid, found.mid, found.ask) == (Decimal("1.0843"), Decimal("1.0844"), Decimal("1.0845"))


def test_each_side_is_for_so_many_units() -> None:
    found = made({"bid": "13.2", "ask": "13.6", "mid": "13.5"}, per="100")
    assert found is not None
    assert (found.bid, found.mid, found.ask) == (Decimal("0.132"), Decimal("0.135"), Decimal("0.136"))


@pytest.mark.parametrize(
    "stated", [None, 0, "0.000", "N/A", {}, {"bid": "1.08"}, {"bid": "1.08", "ask": "0"}]
)
def test_no_rate_makes_no_tick(stated: object) -> None:
    assert made(stated) is None


@pytest.mark.parametrize(
    "stated",
    [
        {"bid": 0, "ask": "1.30", "mid": "0.65"},
        {"bid": "1.30", "ask": "0.00", "mid": "0.65"},
        {"bid": "0", "mid": "0.65"},
        {"mid": "0.65", "ask": 0},
    ],
)
def test_the_half_that_a_side_of_zero_makes_of_a_mid_is_no_tick(stated: object) -> None:
    assert made(stated) is None


def test_a_mid_between_two_sides_that_nobody_stated_stands() -> None:
    found = made({"bid": 0, "ask": "0.000", "mid": "1.08"})
    assert found is not None
    assert (found.bid, found.mid, found.ask) == (None, Decimal("1.08"), None)


@pytest.mark.parametrize("code", ["USDT", "usd", "U$D", "US", "I44", "ÅÄÖ", "USD\n", "", None, 840])
def test_only_three_capital_letters_are_a_code(code: object) -> None:
    assert made("1.08", quote=code) is None
    assert made("1.08", base=code) is None


def test_a_currency_has_no_rate_against_itself() -> None:
    assert made("1", quote="EUR") is None


@pytest.mark.parametrize(
    ("as_of", "basis"),
    [
        (None, Basis.RECEIVED),
        (date(2026, 11, 19), Basis.DATE),
        (datetime(2026, 11, 19, tzinfo=UTC), Basis.VENDOR),
    ],
)
def test_a_tick_says_whose_clock_it_has(as_of: datetime | date | None, basis: Basis) -> None:
    found = Vendor("vendor").tick("EUR", "USD", "1.08", NOW, as_of)
    assert found is not None
    assert (found.as_of_basis, found.as_of == NOW) == (basis, as_of is None)


def test_the_last_tick_of_a_pair_is_its_newest() -> None:
    newest, oldest = tick(age=1), tick(age=100)
    assert present([newest, None, oldest]) == [oldest, newest]
    with pytest.raises(NoRates):
        present([None])
