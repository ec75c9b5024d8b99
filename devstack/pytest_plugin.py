"""Give a pytest run its engines before Django reads its settings.

pyproject.toml loads this with `-p`, early enough for its first hook to come before pytest-django's.
The engines belong to the process that was started; xdist's workers inherit their addresses, and each
gets a key prefix of its own, because pub/sub ignores Redis database numbers.
"""

import os
from collections.abc import Generator

import pytest

from devstack import variables
from devstack.browser import HOW_TO_GET_ONE, find_chromium
from devstack.engines import EngineError, EngineMissingError
from devstack.throwaway import Throwaway

MARKERS = {
    "browser": "drives a Chromium; left out where there is none",
    "faults": "breaks engines or sources on purpose; only with `./fx test faults`",
    "soak": "takes minutes; only with `./fx test soak`",
}
DEFAULT_CHOICE = "not faults and not soak"
NO_CHROMIUM = "no Chromium"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Set the environment, around every other plugin's share in this hook."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        early_config.add_cleanup(_start_engines().stop)
    else:
        os.environ["FX_KEY_PREFIX"] += f"-{worker}"
    return (yield)


def _start_engines() -> Throwaway:
    try:
        engines = Throwaway(os.environ).start()
    except (EngineError, EngineMissingError) as failure:
        raise pytest.UsageError(str(failure)) from failure
    ours = variables.for_tests(engines.addresses)
    shell = variables.without_ours(os.environ)
    os.environ.clear()
    os.environ.update(shell | ours)
    return engines


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Keep the tests of one xdist group in one worker, so that `-n 2` needs no second option."""
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "loadgroup"


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, and leave faults and soak out unless asked for."""
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    config.option.markexpr = config.option.markexpr or DEFAULT_CHOICE


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip browser tests where there is no browser, and run them last.

    Playwright's synchronous API leaves an event loop running, which asynchronous tests refuse.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if find_chromium() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Say as the last line what was left out; an xdist worker has no terminal to say it on."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    count = sum(str(report.longrepr[2]).endswith(NO_CHROMIUM) for report in skipped)
    if count:
        print(f"{count} browser tests were left out, there is no Chromium here: {HOW_TO_GET_ONE}")
