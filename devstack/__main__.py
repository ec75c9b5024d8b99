"""Take over from the `fx` script, inside the virtual environment it made."""

import sys

from devstack.commands import COMMANDS
from devstack.up import FAILURES


def main(arguments: list[str]) -> int:
    """Run the subcommand and return its exit code."""
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except FAILURES as failure:
        print(f"fx: {failure}", file=sys.stderr)
    except PermissionError as refused:
        print(f"fx: {refused} (was ./fx run here as another user before?)", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
