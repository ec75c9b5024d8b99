"""Describe what one `./fx up` runs: which units, in which stages, with which addresses."""

import os
import signal
import sys
from collections.abc import Callable, Mapping

from devstack import ports, variables
from devstack.engines import Engine, Postgres, Valkey
from devstack.processes import Process, Steps
from devstack.state import ROOT, Environment, State, token
from devstack.units import Service, Setup, Unit, answers

# Never 5432 or 6379: a server there is somebody else's and is used by URL only.
DEFAULT_PORTS = {"postgres": 15432, "valkey": 16379, "market": 8100}
WEB_PORT = 8000
WEB_PORTS = 100
# A warm shutdown lets running tasks end; SIGQUIT gives them back to the queue.
WORKER_STOPS: Steps = ((signal.SIGTERM, 10.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 5.0))


class PortTakenError(RuntimeError):
    """Say that the port asked for is in use."""


class Stack:
    """The product's processes for one environment, with ports chosen and secrets made."""

    durable = True

    def __init__(
        self, state: State, environment: Environment, port: int | None, shell: Mapping[str, str] | None = None
    ) -> None:
        """Choose every address; `port` None means 8000 or the next free one, 0 any free one.

        Raises: PortTakenError.
        """
        self.state = state
        self.environment = environment
        self._shell = os.environ if shell is None else shell
        self.engines = self._engines()
        self.port = choose_web_port(port)
        addresses = self._engine_urls() | self._market_url()
        self.variables = variables.for_stack(state, environment, addresses, self._shell)
        self.env = {**self._shell, **self.variables, "PYTHONUNBUFFERED": "1"}

    @property
    def url(self) -> str:
        """Return the page's URL."""
        return f"http://{ports.LOOPBACK}:{self.port}/"

    @property
    def market_url(self) -> str | None:
        """Return the demo market's URL; None in live."""
        return self.variables.get("FX_DEMO_MARKET_URL") if self.environment == "demo" else None

    @property
    def own_market(self) -> bool:
        """Tell whether we run the market ourselves."""
        return self.environment == "demo" and not self._shell.get("FX_DEMO_MARKET_URL")

    def setup(self) -> Setup:
        """Return the job that migrates, seeds and makes the administrator."""
        return Setup(self._process("setup", "manage.py", "setup", "--json"))

    def stages(self) -> list[list[Unit]]:
        """Return what runs after setup; a stage starts when all of the one before it is ready.

        What is in one stage loads at the same time, on more than one core.
        """
        return [[*self._market(), self._web()], [self._worker(), self._beat()]]

    def _market(self) -> list[Unit]:
        if not self.own_market:
            return []
        port = self.market_url.rsplit(":", 1)[1] if self.market_url else ""
        market = self._process("market", "-m", "demo.market", "--port", port)
        return [Service(market, answers(f"{self.market_url}/control/status"))]

    def _web(self) -> Service:
        web = self._process("web", "-m", "fxengine.serve", "--host", ports.LOOPBACK, "--port", str(self.port))
        web.env = {**self.env, "FX_DATABASE_POOL": "true"}
        return Service(web, answers(f"{self.url}readyz"))

    def _worker(self) -> Service:
        flags = ("--pool", "threads", "--concurrency", "8", "--without-gossip", "--without-mingle")
        worker = self._process("worker", "-m", "devstack.announce", "-A", "fxengine", "worker", *flags)
        worker.stops = WORKER_STOPS
        worker.announces = True
        return Service(worker)

    def _beat(self) -> Service:
        scheduler = "fxengine.beat:Scheduler"
        beat = self._process(
            "beat", "-m", "devstack.announce", "-A", "fxengine", "beat", "--scheduler", scheduler
        )
        beat.announces = True
        return Service(beat)

    def _process(self, name: str, *arguments: str) -> Process:
        return Process(name, [sys.executable, *arguments], env=self.env, cwd=ROOT)

    def _engines(self) -> list[Engine]:
        """Plan the engines that no URL stands for."""
        engines: list[Engine] = []
        if not self._shell.get("DATABASE_URL"):
            engines.append(self._engine(Postgres, "postgres"))
        if not self._shell.get("REDIS_URL"):
            engines.append(self._engine(Valkey, "valkey"))
        return engines

    def _engine(self, kind: Callable[..., Engine], name: str) -> Engine:
        return kind(
            self.state.part(self.environment, name),
            port=self._stable_port(name),
            password=self.state.secret(self.environment, name, token),
            durable=self.durable,
        )

    def _engine_urls(self) -> dict[str, str]:
        names = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
        return {names[engine.name]: engine.url for engine in self.engines}

    def _market_url(self) -> dict[str, str]:
        if not self.own_market:
            return {}
        return {"FX_DEMO_MARKET_URL": f"http://{ports.LOOPBACK}:{self._stable_port('market')}"}

    def _stable_port(self, name: str) -> int:
        """Take the port of the last start, else the default, else any, and remember it.

        Only the checkout's own stack has defaults: two others that start at once would both see them free.
        """
        remembered = self.state.ports(self.environment)
        default = [DEFAULT_PORTS[name]] if self.state.folder == ROOT / ".fx" else []
        port = ports.preferred(*([remembered[name]] if name in remembered else []), *default)
        self.state.remember_ports(self.environment, {**remembered, name: port})
        return port


def choose_web_port(asked: int | None) -> int:
    """Return the port for the web process.

    Raises: PortTakenError where the port asked for is in use.
    """
    if asked is None:
        return ports.first_free(range(WEB_PORT, WEB_PORT + WEB_PORTS))
    if asked == 0:
        return ports.any_free()
    if not ports.is_free(asked):
        raise PortTakenError(
            f"port {asked} is in use; choose another, or leave --port away for the next free one"
        )
    return asked
