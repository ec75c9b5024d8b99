"""Run a Valkey server, or a Redis where there is no Valkey, from its bare program."""

import signal
import socket

from devstack import binaries, ports
from devstack.engine import ENGINE_ENV, Engine, EngineError
from devstack.processes import GENTLY, Process

ANSWER_LIMIT = 65536


class Valkey(Engine):
    """A Valkey server that keeps its keys over a restart, unless it need not be durable."""

    name = "valkey"

    @property
    def url(self) -> str:
        """Return the URL with the password; a secret."""
        return f"redis://:{self.password}@{ports.LOOPBACK}:{self.port}/0"

    def prepare(self) -> Process:
        """Return the server's process; its configuration goes in by stdin, out of sight of `ps`."""
        return Process(
            self.name,
            [str(binaries.valkey_server()), "-"],
            env=ENGINE_ENV,
            cwd=self.folder,
            stdin=self._configuration().encode(),
            death_signal=signal.SIGTERM,
            stops=GENTLY,
        )

    def ready(self) -> bool:
        """Tell whether our server answers and has read its keys back.

        Raises: EngineError where another server answers.
        """
        try:
            answer = self._ask(f"AUTH {self.password}", "INFO")
        except OSError:
            return False
        if "process_id:" not in answer:
            self._refuse_stranger(answer)
            return False
        fields = dict(line.split(":", 1) for line in answer.splitlines() if ":" in line)
        if fields["process_id"] != str(self.pid):
            raise EngineError(f"another server answers on port {self.port}")
        return fields["loading"] == "0"

    def _configuration(self) -> str:
        """Return the settings; with `noeviction` a full memory is an error, never a lost task."""
        folder = str(self.folder).replace("\\", "\\\\").replace('"', '\\"')
        settings = {
            "bind": ports.LOOPBACK,
            "port": str(self.port),
            "requirepass": self.password,
            "dir": f'"{folder}"',
            "save": '""',
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        return "".join(f"{name} {setting}\n" for name, setting in settings.items())

    def _ask(self, *commands: str) -> str:
        with socket.create_connection((ports.LOOPBACK, self.port), timeout=1.0) as link:
            link.sendall("".join(f"{command}\r\n" for command in (*commands, "QUIT")).encode())
            received = b""
            while (piece := link.recv(4096)) and len(received) < ANSWER_LIMIT:
                received += piece
        return received.decode(errors="replace")

    def _refuse_stranger(self, answer: str) -> None:
        """Tell a server that is still loading from one that does not know our password."""
        if answer.startswith("-") and not answer.startswith("-LOADING"):
            raise EngineError(f"another server answers on port {self.port}")
