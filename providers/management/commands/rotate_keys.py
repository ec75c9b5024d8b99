"""Seal every provider key again with the first key of FX_SECRET_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from providers.models import Provider
from providers.secrets import SecretUnreadable, reseal


class Command(BaseCommand):
    """Put the new key first in FX_SECRET_KEYS, restart, run this, then remove the old key."""

    help = __doc__ or ""

    def handle(self, *_: Any, **__: Any) -> None:
        """Seal each secret again; a row that changes meanwhile is left to its newer value."""
        count, unreadable = 0, []
        for provider in Provider.objects.exclude(sealed_key=""):
            try:
                sealed = reseal(provider.sealed_key)
            except SecretUnreadable:
                unreadable.append(provider.key)
                continue
            same = Provider.objects.filter(pk=provider.pk, sealed_key=provider.sealed_key)
            count += same.update(sealed_key=sealed)
        self.stdout.write(f"{count} keys sealed again")
        if unreadable:
            raise CommandError(
                f"No key of FX_SECRET_KEYS opens that of {', '.join(unreadable)}; set it anew."
            )
