"""Find adapters by file name: `fixer.py` holds the adapter of the provider `fixer`."""

import importlib
import pkgutil
from functools import cache

from providers.adapters.base import Adapter

_TOOLS = {"base"}


@cache
def keys() -> tuple[str, ...]:
    """List every provider key, in alphabetical order."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _TOOLS))


@cache
def adapter(key: str) -> Adapter:
    """Build the adapter of a provider. Raises: LookupError for a key without a file."""
    if key not in keys():
        raise LookupError(f"no adapter file for provider {key!r}")
    module = importlib.import_module(f"{__name__}.{key}")
    found: Adapter = module.Source(key)
    return found
