"""Offer verbs to the tables that grow without end."""

from __future__ import annotations

from typing import TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class Droppable(models.QuerySet[Row]):
    """Rows that age and are dropped."""

    def drop(self, batch: int = 10_000) -> int:
        """Delete these rows and count them, each batch by a short statement of its own.

        One statement over millions of rows would run into the time limit, or hold its locks until then.
        """
        dropped = 0
        while True:
            some = self.order_by().values("pk")[:batch]
            deleted, _ = models.QuerySet(self.model, using=self.db).filter(pk__in=some).delete()
            dropped += deleted
            if deleted < batch:
                return dropped
