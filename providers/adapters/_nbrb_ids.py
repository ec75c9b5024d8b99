"""Name the currencies of the National Bank of Belarus by its own numbers.

The days of one currency have neither its code nor its units; a number stands for both.
Source: https://api.nbrb.by/exrates/currencies
"""

from __future__ import annotations

# The first three ended in July 2021.
CURRENCY_OF = {
    "145": ("USD", 1),
    "292": ("EUR", 1),
    "298": ("RUB", 100),
    "371": ("CAD", 1),
    "394": ("KWD", 1),
    "421": ("SGD", 1),
    "426": ("CHF", 1),
    "429": ("GBP", 1),
    "431": ("USD", 1),
    "440": ("AUD", 1),
    "448": ("NZD", 1),
    "449": ("UAH", 100),
    "450": ("DKK", 10),
    "451": ("EUR", 1),
    "452": ("PLN", 10),
    "453": ("ISK", 100),
    "454": ("MDL", 10),
    "455": ("NOK", 10),
    "456": ("RUB", 100),
    "457": ("XDR", 1),
    "458": ("KGS", 100),
    "459": ("KZT", 1000),
    "460": ("TRY", 10),
    "461": ("IRR", 100_000),
    "462": ("CNY", 10),
    "463": ("CZK", 100),
    "464": ("SEK", 10),
    "508": ("JPY", 100),
    "510": ("AMD", 1000),
    "511": ("INR", 100),
    "512": ("VND", 100_000),
    "513": ("AED", 10),
    "514": ("BRL", 10),
}
