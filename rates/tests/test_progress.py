"""Progress of a long command, for eyes and for logs."""

from io import StringIO

from django.core.management.base import OutputWrapper

from rates.management.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_bar_and_a_log_a_line_every_tenth() -> None:
    terminal, log = Terminal(), StringIO()
    for output in (terminal, log):
        progress = Progress(OutputWrapper(output), 1000)
        for _ in range(100):
            progress.advance(10)
    assert terminal.getvalue().count("\r") == 100
    assert terminal.getvalue().endswith(f"\r[{'#' * 30}] 1,000 of 1,000\n")
    assert log.getvalue().splitlines()[0] == "100 of 1,000"
    assert len(log.getvalue().splitlines()) == 10
