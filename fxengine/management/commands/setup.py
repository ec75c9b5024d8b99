"""Bring a database to where the engine can start: migrate, seed, partitions, first admin."""

import json
import os
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from fxengine.seeds import seed
from providers.partitions import keep_up
from rates.errors import WrongEnvironment


class Command(BaseCommand):
    """Migrate, seed, make the days' partitions and the first admin; safe to repeat.

    A generated password is shown once.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer `--json` for supervisors."""
        parser.add_argument("--json", action="store_true", help="print the admin's name and password as JSON")
        parser.add_argument("--admin", default="admin", help="name of the first admin (default: admin)")

    def handle(self, *_: Any, **options: Any) -> None:
        """Run the steps in order."""
        call_command("migrate", interactive=False, verbosity=0)
        try:
            seed()
        except WrongEnvironment as error:
            raise CommandError(error.detail) from None
        keep_up(timezone.now(), settings.TICK_RETENTION)
        name, password = _first_admin(options["admin"])
        if options["json"]:
            self.stdout.write(json.dumps({"admin": name, "password": password}))
        elif password:
            self.stdout.write(f"Admin {name}, password {password} (shown once)")


def _first_admin(name: str) -> tuple[str, str | None]:
    """Make an admin where there is none; give an admin's name, and the password of a new one.

    Raises: CommandError when somebody without rights has that name.
    """
    users = get_user_model().objects
    if known := users.filter(is_superuser=True).order_by("pk").first():
        return known.get_username(), None
    if users.filter(username=name).exists():
        raise CommandError(f"{name} is no admin, and there is none: choose another name with --admin.")
    password = os.environ.get("FX_ADMIN_PASSWORD") or secrets.token_urlsafe(12)
    users.create_superuser(name, password=password)
    return name, password
