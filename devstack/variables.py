"""Put together the environment variables that every process of the product reads."""

import os
import secrets
from collections.abc import Mapping

from devstack.state import Environment, State, fernet_key, token

PREFIXES = ("FX_", "DJANGO_", "WORKER_")
NAMES = (
    "DATABASE_URL",
    "REDIS_URL",
    "TRACKED_CURRENCIES",
    "PRIMARY_PROVIDER",
    "ON_DEMAND_TTL_SECONDS",
    "TICK_RETENTION_DAYS",
    "RATE_RETENTION_DAYS",
)
# What a developer's shell may say to the tests; everything else would make them depend on it.
KEPT_FOR_TESTS = ("DATABASE_URL", "REDIS_URL", "FX_RECORDED_DIR", "FX_CHROMIUM")
# Port 9 discards: a test that needs a market starts its own.
NO_MARKET = "http://127.0.0.1:9"


def is_ours(name: str) -> bool:
    """Tell whether the product reads this variable."""
    return name in NAMES or name.startswith(PREFIXES)


def for_stack(
    state: State, environment: Environment, addresses: Mapping[str, str], shell: Mapping[str, str]
) -> dict[str, str]:
    """Return the product's variables for the children of `up`; what the shell sets wins.

    `addresses` are DATABASE_URL, REDIS_URL and, in demo, FX_DEMO_MARKET_URL.
    """
    defaults = {
        "FX_ENVIRONMENT": environment,
        "FX_KEY_PREFIX": f"fx-{environment}",
        "DJANGO_SETTINGS_MODULE": "fxengine.settings",
        "DJANGO_SECRET_KEY": state.secret(environment, "django_secret_key", token),
        "FX_SECRET_KEYS": state.secret(environment, "fx_secret_keys", fernet_key),
        # The page listens on loopback alone.
        "FX_PUBLIC_READ": "true",
        **addresses,
    }
    if environment == "demo":
        # The demo market never rests, and nobody looks back at what it made up.
        defaults |= {"FX_ALLOW_PRIVATE_SOURCES": "true", "RATE_RETENTION_DAYS": "2"}
    return defaults | {name: setting for name, setting in shell.items() if is_ours(name) and setting}


def for_tests(addresses: Mapping[str, str]) -> dict[str, str]:
    """Return the product's variables for a test run: new secrets, keys no other run has."""
    return {
        "FX_ENV_FILE": os.devnull,
        "FX_BREAKER_LIMIT_SECONDS": "86400",
        "FX_ENVIRONMENT": "demo",
        "FX_KEY_PREFIX": f"fx-test-{secrets.token_hex(4)}",
        "DJANGO_SETTINGS_MODULE": "fxengine.settings",
        "DJANGO_SECRET_KEY": token(),
        "FX_SECRET_KEYS": fernet_key(),
        "FX_ALLOW_PRIVATE_SOURCES": "true",
        "FX_PUBLIC_READ": "true",
        "FX_DEMO_MARKET_URL": NO_MARKET,
        **addresses,
    }


def without_ours(shell: Mapping[str, str]) -> dict[str, str]:
    """Return the shell's variables without the product's, save those meant for tests."""
    return {name: setting for name, setting in shell.items() if not is_ours(name) or name in KEPT_FOR_TESTS}
