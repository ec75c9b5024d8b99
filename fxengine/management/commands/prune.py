"""Drop now what the daily task drops: ticks, rates, polls and answers past their retention."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from fxengine import retention


class Command(BaseCommand):
    """Drop what is past its retention and print how many rows of each kind that were."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to count alone."""
        parser.add_argument("--dry-run", action="store_true", help="only count what would be dropped")

    def handle(self, *_: Any, **options: Any) -> None:
        """Drop or count, and print a line for each kind."""
        act = retention.count if options["dry_run"] else retention.clean
        for kind, rows in act(timezone.now()).items():
            self.stdout.write(f"{kind:10} {rows:>10,}")
