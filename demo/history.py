"""Tell what the reference rates were on any day: the ECB's while its file lasts, the walk's own after it."""

import io
import zipfile
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from demo.days import FRANKFURT, business_days, fixed_at, next_business_day, published_at
from demo.feed import Feed
from demo.levels import HISTORY_MEMBER, MISSING, EcbFile

SIMULATED_FROM = "X-Demo-Simulated-From"


class History:
    """Join the ECB's published days and the simulated ones after them; rates are units per euro."""

    def __init__(self, ecb: EcbFile, feed: Feed) -> None:
        self.ecb = ecb
        self.feed = feed
        self.simulated_from = next_business_day(ecb.last_day)
        self.simulated = lru_cache(maxsize=None)(self._simulated)
        self.archive = lru_cache(maxsize=1)(self._archive)

    def rates(self, day: date) -> dict[str, Decimal]:
        """Return the reference rates of one business day.

        Raises: KeyError for a day without any.
        """
        return self.simulated(day) if day >= self.simulated_from else self.ecb.rates(day)

    def marks(self, day: date) -> dict[str, str]:
        """Return the header that says from when on rates are simulated; none while all of them are real."""
        return {SIMULATED_FROM: self.simulated_from.isoformat()} if day >= self.simulated_from else {}

    def days(self, first: date, last: date) -> list[date]:
        """Return the days with reference rates from first to last, newest first."""
        real = [day for day in self.ecb.days if first <= day <= last] if first < self.simulated_from else []
        simulated = business_days(max(first, self.simulated_from), last)
        return [*real, *simulated][::-1]

    def csv(self, last: date) -> str:
        """Return the history file as the ECB writes it, newest first, up to a day."""
        header, newline, body = self.ecb.text().partition("\n")
        return f"{header}{newline}{''.join(self._lines(self.days(self.simulated_from, last)))}{body}"

    def _lines(self, days: Iterable[date]) -> Iterable[str]:
        for day in days:
            rates = self.simulated(day)
            cells = (
                format(rates[code].normalize(), "f") if code in rates else MISSING
                for code in self.ecb.columns
            )
            yield f"{day.isoformat()},{','.join(cells)},\n"

    def _simulated(self, day: date) -> dict[str, Decimal]:
        slot = int(fixed_at(day).timestamp())
        rates = self.feed.per_euro(slot, self.ecb.live)
        return {code: _printed(rate, self.ecb.decimals[code]) for code, rate in rates.items()}

    def _archive(self, last: date) -> bytes:
        comment = f"Simulated from {self.simulated_from}" if last >= self.simulated_from else ""
        return zipped(HISTORY_MEMBER, self.csv(last), last, comment)


def zipped(member: str, text: str, day: date, comment: str) -> bytes:
    """Pack one file as published on a day; the same arguments give the same bytes."""
    stamp = published_at(day).astimezone(FRANKFURT)
    entry = zipfile.ZipInfo(member, stamp.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, text)
        archive.comment = comment.encode()
    return packed.getvalue()


def _printed(rate: Decimal, places: int) -> Decimal:
    return rate.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
