"""Stand in for one process of the product: NAME PORT FAULT (none, dies, stubborn or fails)."""

import os
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
LOG = Path(os.environ["STANDIN_LOG"])


def note(event: str) -> None:
    """Add a line to the log all stand-ins share."""
    with LOG.open("a") as file:
        file.write(f"{event}\n")


def leave(_number: int, _frame: FrameType | None) -> None:
    """Stop as asked."""
    note(f"stop {sys.argv[1]}")
    sys.exit(0)


def setup() -> None:
    """Say what the setup command says; the password once, as the first start of a state folder does."""
    done = LOG.with_name("done")
    first = not done.exists()
    done.touch()
    print("Applying migrations")
    print('{"admin": "admin", "password": "once-only"}' if first else '{"admin": "admin", "password": null}')


def serve(port: int) -> None:
    """Answer every request with 200, for ever."""
    with socket.create_server(("127.0.0.1", port)) as server:
        print(f"listening on {port}", flush=True)
        while True:
            link, _ = server.accept()
            with link:
                link.recv(4096)
                link.sendall(ANSWER)


def main() -> None:
    """Be the process."""
    name, port, fault = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    note(f"start {name}")
    if fault == "fails":
        sys.exit(3)
    signal.signal(signal.SIGTERM, signal.SIG_IGN if fault == "stubborn" else leave)
    if name == "setup":
        setup()
    elif port:
        serve(port)
    else:
        os.write(int(os.environ["FX_READY_FD"]), b"ready\n")
        signal.pause()


if __name__ == "__main__":
    main()
