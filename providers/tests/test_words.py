"""What the words of an error mean, with and without a status that says more."""

from datetime import timedelta

import pytest

from providers.adapters._words import refusal
from providers.adapters.base import Body, Category


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ("You have exceeded your plan's requests, please upgrade", Category.QUOTA),
        ("5 calls per minute for a free API key", Category.QUOTA),
        ("Please consider spreading out your requests (1 request per second).", Category.QUOTA),
        ("Burst pattern detected.", Category.QUOTA),
        ("too_many_requests", Category.QUOTA),
        ("No access. Please upgrade your subscription", Category.PLAN),
        ("Your API key has no permission for this", Category.PLAN),
        ("Invalid API key", Category.AUTH),
        ("Malformed Authorization header", Category.AUTH),
        ("XXX is no currency of ours", Category.UNSUPPORTED),
        ("", Category.BAD_BODY),
        (None, Category.BAD_BODY),
        ({"code": 1}, Category.BAD_BODY),
    ],
)
def test_words_under_a_success_tell_the_category(said: object, category: Category) -> None:
    assert refusal(Body(200, b""), said).category is category


@pytest.mark.parametrize(
    ("status", "said", "category"),
    [
        (403, "Invalid API key", Category.AUTH),
        (403, "not for you", Category.PLAN),
        (400, "Free API limit reached", Category.QUOTA),
        (404, None, Category.UNSUPPORTED),
        (500, "", Category.UNAVAILABLE),
    ],
)
def test_words_come_before_the_status(status: int, said: object, category: Category) -> None:
    assert refusal(Body(status, b""), said).category is category


def test_a_refusal_is_told_whole_and_says_how_long_to_wait() -> None:
    error = refusal(Body(200, b""), "too many " * 100, timedelta(minutes=1))
    # It is cut when the key is out of it: half a key could not be found.
    assert error.detail == "HTTP 200 " + ("too many " * 100).rstrip()
    assert error.retry_after == timedelta(minutes=1)
    asked = refusal(Body(429, b"", headers={"retry-after": "7"}), "too many", timedelta(minutes=1))
    assert asked.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("at most 1 request per second", timedelta(seconds=1)),
        ("Burst pattern detected. Please spread your requests", timedelta(seconds=1)),
        ("5 calls per minute for a free API key", timedelta(minutes=1)),
        ("25 requests per day for a free API key", None),
        ("Invalid API key", None),
    ],
)
def test_words_tell_how_soon_a_limit_passes(said: str, wait: timedelta | None) -> None:
    assert refusal(Body(200, b""), said).retry_after == wait
