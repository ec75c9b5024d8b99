"""What currencies cost in a second, for the market and for its vendors."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from demo.exchange import Exchange
from demo.feed import rebase

NOW = 1_795_000_000
slots = st.integers(min_value=1_793_000_000, max_value=1_900_000_000)
MAJORS = ("EUR", "GBP", "JPY", "CHF", "AUD", "CAD")
VENDORS = ("fixer", "openexchangerates", "freecurrencyapi")


@settings(max_examples=20)
@given(slots)
def test_every_price_stays_within_one_per_cent_of_its_real_level(exchange: Exchange, slot: int) -> None:
    prices = exchange.feed.per_usd(slot, "")
    for code, listing in exchange.feed.listings.items():
        if listing.anchor == "USD":
            assert abs(prices[code] / listing.level - 1) <= Decimal("0.01")


@settings(max_examples=20)
@given(slots)
def test_vendors_differ_by_at_most_two_basis_points_in_the_majors(exchange: Exchange, slot: int) -> None:
    for code in MAJORS:
        said = [exchange.feed.per_usd(slot, vendor)[code] for vendor in VENDORS]
        assert len(set(said)) == len(VENDORS)
        assert max(said) / min(said) - 1 < Decimal("0.0002")


@settings(max_examples=20)
@given(slots)
def test_pegs_keep_to_their_anchor_whoever_says_it(exchange: Exchange, slot: int) -> None:
    for vendor in ("", *VENDORS):
        prices = exchange.feed.per_usd(slot, vendor)
        assert prices["AED"] == Decimal("3.6725")
        assert round(prices["XOF"] / prices["EUR"], 20) == Decimal("655.957")
        assert round(prices["NPR"] / prices["INR"], 20) == Decimal("1.6")


def test_a_few_currencies_cost_the_same_alone_as_among_all(exchange: Exchange) -> None:
    whole = rebase(exchange.feed.per_usd(NOW, ""), "EUR")
    some = exchange.feed.per_euro(NOW, ["USD", "DKK", "JPY"])
    assert some == {code: whole[code] for code in ("USD", "DKK", "JPY")}


def test_the_dollar_in_euro_is_bid_and_asked_with_a_pip_between(exchange: Exchange) -> None:
    mid = 1 / exchange.feed.per_usd(NOW, "")["EUR"]
    bid, ask = exchange.feed.bid_ask("EUR", mid)
    assert bid < mid < ask
    assert Decimal("0.00007") < ask - bid < Decimal("0.00009")


def test_exotics_are_wider_than_majors(exchange: Exchange) -> None:
    wide, narrow = (exchange.feed.bid_ask(code, Decimal(1)) for code in ("NGN", "EUR"))
    assert wide[1] - wide[0] > 10 * (narrow[1] - narrow[0])


def test_rebasing_makes_the_base_one() -> None:
    rates = rebase({"USD": Decimal(1), "EUR": Decimal("0.8"), "JPY": Decimal(160)}, "EUR")
    assert rates == {"USD": Decimal("1.25"), "EUR": Decimal(1), "JPY": Decimal(200)}
