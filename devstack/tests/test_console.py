"""Test how the children's output becomes one log."""

import io
from typing import TextIO

import pytest

from devstack.console import LONGEST_LINE, Console, Lines
from devstack.processes import Process
from devstack.units import Setup


class Gone(io.StringIO):
    """Be a terminal that was closed."""

    def write(self, text: str) -> int:
        """Refuse, as the kernel does."""
        raise BrokenPipeError(text)


def test_lines_are_cut_where_the_child_ended_them() -> None:
    lines = Lines()
    assert lines.feed(b"one\ntw") == ["one"]
    assert lines.feed(b"o\r\nthree") == ["two"]
    assert lines.feed(b"") == ["three"]
    assert lines.feed(b"") == []


def test_a_child_that_never_ends_a_line_is_cut_too() -> None:
    assert Lines().feed(b"x" * (LONGEST_LINE + 1)) == ["x" * (LONGEST_LINE + 1)]


def test_bytes_that_are_no_text_do_not_stop_the_log() -> None:
    assert Lines().feed(b"\xff!\n") == ["\ufffd!"]


def test_a_line_carries_its_name_without_colours_off_a_terminal() -> None:
    stream = io.StringIO()
    Console(stream).line("web", "up")
    assert stream.getvalue() == "web      | up\n"


@pytest.mark.parametrize("stream", [Gone()])
def test_a_terminal_that_is_gone_is_noticed_once(stream: TextIO) -> None:
    console = Console(stream)
    assert not console.broken
    console.say("hello")
    console.say("again")
    assert console.broken


def test_the_password_is_heard_and_kept_off_the_log() -> None:
    setup = Setup(Process("setup", ["true"], env={}))
    assert not setup.heard('{"event": "seeded"}')
    assert not setup.heard("{ not JSON")
    assert setup.heard('{"admin": "root", "password": "secret"}')
    assert (setup.admin, setup.password) == ("root", "secret")
