"""Keep decimals exact on their way into PostgreSQL, which rounds without a word."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

RATE_DIGITS, RATE_DECIMALS = 50, 30


class ExactDecimalField(models.DecimalField):  # type: ignore[type-arg]
    """Raise instead of rounding when a number does not fit its column."""

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Hand the number to the database only if it keeps every digit. Raises: ValidationError."""
        number = None if hasattr(value, "as_sql") else self.to_python(value)
        if number is not None and not fits(number, self.max_digits or 0, self.decimal_places or 0):
            raise ValidationError(
                f"{self.name}: {value} does not fit numeric({self.max_digits},{self.decimal_places})"
            )
        return super().get_db_prep_save(value, connection)


class RateField(ExactDecimalField):
    """A rate: numeric(50,30), so that tiny and huge ones keep their 12 digits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **(kwargs | {"max_digits": RATE_DIGITS, "decimal_places": RATE_DECIMALS}))


class AmountField(ExactDecimalField):
    """An amount of money: numeric(30,8)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **(kwargs | {"max_digits": 30, "decimal_places": 8}))


def fits(number: Decimal, digits: int, decimals: int) -> bool:
    """Say whether numeric(digits, decimals) holds a number as it is; what is not finite fits nowhere."""
    return number.is_finite() and _decimals(number) <= decimals and number.adjusted() < digits - decimals


def _decimals(number: Decimal) -> int:
    """Count the decimals that matter: zeros at the end do not."""
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return max(0, -exponent - zeros)


def plain(number: Decimal) -> str:
    """Write every digit that matters, without an exponent and without zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def positive(column: str) -> models.Q:
    """Say that a column is above zero and a number: in PostgreSQL NaN is greater than every number."""
    not_a_number = models.Func(template="'NaN'::numeric", output_field=models.DecimalField())
    return models.Q(**{f"{column}__gt": 0}, **{f"{column}__lt": not_a_number})
