"""The demo market's keys: published constants, which open nothing but this market."""

KEYS = {
    "fixer": "demo-key-fixer",
    "openexchangerates": "demo-key-openexchangerates",
    "freecurrencyapi": "demo-key-freecurrencyapi",
}
# Large enough that a demonstration polling every second for a month stays within its plan.
MONTHLY_QUOTA = 10_000_000
MINUTE_QUOTA = 6_000
