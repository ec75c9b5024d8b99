"""Publish euro reference rates as the European Central Bank does: files, once a business day, without a key.

Source: https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
The format has no field to say that a rate is simulated: a header, an XML comment and the zip's comment do.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from demo.days import last_published, published_at
from demo.history import History, zipped
from demo.vendors import Moment, cut_short
from demo.wire import Answer, Ask, Json, Num, http_date, page

ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>{newline}'
    '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"'
    ' xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">{newline}'
    "{tab}<gesmes:subject>Reference rates</gesmes:subject>{newline}"
    "{tab}<gesmes:Sender>{newline}"
    "{tab}{tab}<gesmes:name>European Central Bank</gesmes:name>{newline}"
    "{tab}</gesmes:Sender>{newline}"
    "{tab}<Cube>{newline}{days}{tab}</Cube>{newline}"
    "{comment}</gesmes:Envelope>"
)
NINETY_DAYS = timedelta(days=90)
MAX_AGE_S = 300
XML_TYPE = "text/xml"
ZIP_TYPE = "application/zip"


class Ecb:
    """Answer for the ECB's folder of files."""

    key: ClassVar[str] = "ecb"

    def __init__(self, history: History) -> None:
        self.history = history
        self._files: dict[str, Callable[[date], tuple[str, bytes]]] = {
            "eurofxref-daily.xml": self._daily,
            "eurofxref-hist-90d.xml": self._ninety_days,
            "eurofxref-hist.zip": lambda day: (ZIP_TYPE, self.history.archive(day)),
            "eurofxref.zip": self._one_day,
        }

    def answer(self, ask: Ask, moment: Moment) -> Answer:
        """Serve a file of the newest publication."""
        write = self._files.get(ask.path)
        if write is None:
            return page(404, "404 Not Found")
        day = _newest_day(moment)
        content_type, body = write(day)
        return Answer(200, body, content_type, {**self._freshness(day, moment), **self.history.marks(day)})

    def published(self, moment: Moment) -> Mapping[str, Json]:
        """Return the newest reference rates."""
        day = _newest_day(moment)
        rates = {code: str(rate) for code, rate in self._padded(day)}
        return {"base": "EUR", "date": day.isoformat(), "rates": rates}

    def unauthorised(self) -> Answer:
        """Refuse as a content network does; there is no key that could be wrong."""
        return page(403, "403 Forbidden")

    def over_quota(self) -> Answer:
        """Refuse as a content network does; there is no quota."""
        return page(429, "429 Too Many Requests")

    def throttled(self) -> Answer:
        """Refuse with 429."""
        return page(429, "429 Too Many Requests")

    def garbled(self, honest: Answer) -> Answer:
        """Cut the file short."""
        return cut_short(honest)

    def _freshness(self, day: date, moment: Moment) -> dict[str, str]:
        return {
            "Last-Modified": http_date(published_at(day)),
            "Cache-Control": f"max-age={MAX_AGE_S}",
            "Expires": http_date(moment.now + MAX_AGE_S),
        }

    def _padded(self, day: date) -> Iterable[tuple[str, Num]]:
        places = self.history.ecb.decimals
        rates = self.history.rates(day)
        return ((code, Num(f"{rate:.{places[code]}f}")) for code, rate in rates.items())

    def _daily(self, day: date) -> tuple[str, bytes]:
        cubes = "".join(
            f"\t\t\t<Cube currency='{code}' rate='{rate}'/>\n" for code, rate in self._padded(day)
        )
        return self._xml(f"\t\t<Cube time='{day}'>\n{cubes}\t\t</Cube>\n", day, newline="\n", tab="\t")

    def _ninety_days(self, day: date) -> tuple[str, bytes]:
        days = self.history.days(day - NINETY_DAYS, day)
        return self._xml("\n".join(_compact_day(each, self.history.rates(each)) for each in days), day)

    def _xml(self, days: str, last: date, newline: str = "", tab: str = "") -> tuple[str, bytes]:
        simulated = last >= self.history.simulated_from
        comment = f"<!-- simulated from {self.history.simulated_from} -->{newline}" if simulated else ""
        text = ENVELOPE.format(newline=newline, tab=tab, days=days, comment=comment)
        return XML_TYPE, text.encode()

    def _one_day(self, day: date) -> tuple[str, bytes]:
        codes, rates = zip(*self._padded(day), strict=True)
        text = f"Date, {', '.join(codes)}, \n{day.day} {day:%B %Y}, {', '.join(rates)}, \n"
        comment = f"Simulated from {self.history.simulated_from}" if self.history.marks(day) else ""
        return ZIP_TYPE, zipped("eurofxref.csv", text, day, comment)


def _newest_day(moment: Moment) -> date:
    return last_published(datetime.fromtimestamp(moment.now, UTC))


def _compact_day(day: date, rates: Mapping[str, Decimal]) -> str:
    cubes = (f'<Cube currency="{code}" rate="{rate.normalize():f}"/>' for code, rate in rates.items())
    return f'<Cube time="{day}">{"".join(cubes)}</Cube>'
