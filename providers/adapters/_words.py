"""Read errors that vendors explain in words alone."""

from __future__ import annotations

import re
from datetime import timedelta

from providers.adapters.base import Body, Category, ProviderError

# In this order: a vendor out of quota recommends a larger plan, and a plan is bought for a key.
_WORDS = {
    Category.QUOTA: "limit|quota|exceed|too.many|run out|(requests?|calls?) per|burst|spreading out",
    Category.PLAN: r"upgrade|subscri|premium|\bplan\b|entitled|restricted|permission|cannot consume",
    Category.AUTH: "(api|access).?key|token|credential|authori[sz]|authenticat",
}
# A limit on how close together requests come passes by itself, and soon.
_WAITS = {
    "per second|burst|spreading out": timedelta(seconds=1),
    "per minute": timedelta(minutes=1),
}


def refusal(body: Body, said: object, retry_after: timedelta | None = None) -> ProviderError:
    """Build the error that a text tells; what it does not tell, the status does.

    A success with unknown words refuses what was asked; one without any is a bad body. Where the vendor's
    documents do not say how long to wait, its words may.
    """
    text = said if isinstance(said, str) else ""
    found = next((category for category, words in _WORDS.items() if re.search(words, text, re.I)), None)
    if found is None and text and not body.failed:
        found = Category.UNSUPPORTED
    if found is Category.QUOTA and retry_after is None:
        retry_after = next((wait for words, wait in _WAITS.items() if re.search(words, text, re.I)), None)
    return body.failure(text, found, retry_after)
