"""What staff may enter for a pair."""

import pytest

from rates.forms import PairForm
from rates.models import Currency, Pair

FIELDS = {name: Pair._meta.get_field(name).get_default() for name in PairForm.Meta.fields[2:]}


def code(name: str, *, active: bool = True) -> str:
    Currency.objects.update_or_create(
        code=name, defaults={"numeric": "000", "name": name, "minor_units": 2, "active": active}
    )
    return name


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("base", "quote", "wrong"),
    [("EUR", "SEK", set()), ("SEK", "EUR", {"quote"}), ("EUR", "EUR", {"quote"}), ("EUR", "HRK", {"quote"})],
)
def test_a_pair_is_of_two_living_currencies_in_market_orientation(
    base: str, quote: str, wrong: set[str]
) -> None:
    code("EUR"), code("SEK"), code("HRK", active=False)
    form = PairForm(FIELDS | {"base": base, "quote": quote})
    assert set(form.errors) == wrong
