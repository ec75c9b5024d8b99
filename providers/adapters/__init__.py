"""Find adapters by file name: `fixer.py` holds the adapter of the provider `fixer`.

A file whose name begins with `_` is what several adapters share.
"""

import importlib
import pkgutil
from functools import cache

from providers.adapters.base import Adapter

_TOOLS = {"base"}


@cache
def keys() -> tuple[str, ...]:
    """List every provider key, in alphabetical order."""
    names = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in names if name not in _TOOLS and not name.startswith("_")))


@cache
def adapter(key: str) -> Adapter:
    """Build the adapter of a provider. Raises: LookupError for a key without a file."""
    if key not in keys():
        raise LookupError(f"no adapter file for provider {key!r}")
    module = importlib.import_module(f"{__name__}.{key}")
    found: Adapter = module.Source(key)
    return found
