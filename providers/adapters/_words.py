"""Read errors that vendors explain in words alone."""

from __future__ import annotations

import re
from datetime import timedelta

from providers.adapters.base import Body, Category, ProviderError

# In this order: a vendor out of quota recommends a larger plan, and a plan is bought for a key.
_WORDS = {
    Category.QUOTA: "limit|quota|exceed|too many|run out|(requests|calls) per",
    Category.PLAN: r"upgrade|subscri|premium|\bplan\b|entitled|restricted|permission|cannot consume",
    Category.AUTH: "(api|access).?key|token|credential|authori[sz]|authenticat",
}


def refusal(body: Body, said: object, retry_after: timedelta | None = None) -> ProviderError:
    """Build the error that a text tells; what it does not tell, the status does.

    A success with unknown words refuses what was asked; one without any is a bad body.
    """
    text = said if isinstance(said, str) else ""
    found = next((category for category, words in _WORDS.items() if re.search(words, text, re.I)), None)
    if found is None and text and not body.failed:
        found = Category.UNSUPPORTED
    return body.failure(text, found, retry_after)
