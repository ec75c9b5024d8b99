"""Keys: sealed at rest, turned with `FX_SECRET_KEYS`, and never shown by accident."""

import copy
import json
import pickle
from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from providers.secrets import Secret, SecretUnreadable, mask, reseal, seal, unseal
from providers.tests.conftest import reload_keys

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
TEXT = "a-key-of-a-vendor"


def test_what_is_sealed_opens_again_and_does_not_show_itself() -> None:
    sealed = seal(TEXT)
    assert TEXT not in sealed
    assert unseal(sealed).reveal() == TEXT
    assert seal(TEXT) != sealed


def test_no_key_stays_no_key() -> None:
    assert seal("") == ""
    assert not unseal("")
    assert unseal("").reveal() == ""


def test_the_first_key_seals_and_every_key_opens(fernet_keys: Settings) -> None:
    reload_keys(fernet_keys, OLD)
    sealed = seal(TEXT)
    reload_keys(fernet_keys, NEW, OLD)
    assert unseal(sealed).reveal() == TEXT
    resealed = reseal(sealed)
    reload_keys(fernet_keys, NEW)
    assert unseal(resealed).reveal() == TEXT
    with pytest.raises(SecretUnreadable):
        unseal(sealed)


@pytest.mark.parametrize("sealed", ["gAAAAA", "not sealed at all", "ключ", seal(TEXT)[:-4]])
def test_what_no_key_opens_is_never_an_empty_key(fernet_keys: Settings, sealed: str) -> None:
    with pytest.raises(SecretUnreadable) as caught:
        unseal(sealed)
    assert sealed not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_lost_key_of_ours_says_so(fernet_keys: Settings) -> None:
    reload_keys(fernet_keys, OLD)
    sealed = seal(TEXT)
    reload_keys(fernet_keys, OTHER)
    with pytest.raises(SecretUnreadable, match="FX_SECRET_KEYS"):
        reseal(sealed)


@pytest.mark.parametrize(
    "show", [repr, str, "{}".format, "{!r:>20}".format, ascii, lambda secret: f"{[secret]}"]
)
def test_printing_shows_nothing(show: Callable[[Secret], str]) -> None:
    assert TEXT not in show(Secret(TEXT))
    assert "***" in show(Secret(TEXT))


@pytest.mark.parametrize("carry", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, vars])
def test_a_secret_cannot_be_carried_off(carry: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError) as caught:
        carry(Secret(TEXT))
    assert TEXT not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("key a+b/c= is wrong", "key *** is wrong"),
        ("GET /latest?access_key=a%2Bb%2Fc%3D", "GET /latest?access_key=***"),
        ("a+b/c= a+b/c=", "*** ***"),
        ("nothing of it", "nothing of it"),
    ],
)
def test_it_masks_a_key_as_it_is_and_as_in_a_url(text: str, masked: str) -> None:
    assert mask(text, Secret("a+b/c=")) == masked


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("no key s3cr3t/0123456789 for acme123", "no key *** for ***"),
        ("s3cr3t%2F0123456789 YWNtZTEyMw==", "*** ***"),
        ("acme123:s3cr3t/0123456789", "***"),
    ],
)
def test_each_part_of_a_login_is_masked(said: str, masked: str) -> None:
    assert mask(said, Secret("acme123:s3cr3t/0123456789")) == masked


def test_a_part_as_short_as_a_word_leaves_the_words() -> None:
    assert mask("no account me of me:0123456789 here", Secret("me:0123456789")) == "no account me of *** here"


def test_without_a_key_there_is_nothing_to_mask() -> None:
    assert mask("any text", Secret("")) == "any text"
