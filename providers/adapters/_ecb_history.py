"""Know the ECB's files, and read those in csv, as they are or zipped."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from providers.adapters.base import Body, day

# The whole history is 2 MB and grows by 80 kB a year.
_MEMBER_LIMIT_BYTES = 8 * 1024 * 1024
# The file of 90 days may have been made some days ago.
_RECENT = timedelta(days=80)
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, NotImplementedError)


def file_of(on: date | None, today: date) -> str:
    """Name the smallest file that holds a day, or the newest where it is None."""
    if on is None:
        return "eurofxref-daily.xml"
    return "eurofxref-hist-90d.xml" if today - on < _RECENT else "eurofxref-hist.zip"


def unzipped(body: Body) -> Body:
    """Take the one csv file out of a zip; any other body stays as it is. Raises: ProviderError bad_body."""
    if not body.content.startswith(b"PK"):
        return body
    try:
        with zipfile.ZipFile(io.BytesIO(body.content)) as archive:
            (name,) = archive.namelist()
            with archive.open(name) as member:
                content = member.read(_MEMBER_LIMIT_BYTES + 1)
    except _BROKEN as error:
        raise body.failure("not a zip of one file") from error
    if len(content) > _MEMBER_LIMIT_BYTES:
        raise body.failure("the file in the zip is too large")
    return replace(body, content=content, content_type="text/csv")


def is_csv(body: Body) -> bool:
    """Say whether it begins with the headings of csv: a date's, or the data portal's key."""
    return body.content.lstrip(b"\xef\xbb\xbf \r\n").startswith((b"Date", b"KEY,"))


def listed(body: Body) -> Iterator[tuple[date, str, str]]:
    """Read day, currency and rate of every cell; the file of one day writes its date in words.

    The data portal has one rate a row instead, under headings of its own.
    Source: https://data.ecb.europa.eu/help/api/data
    """
    for row in body.table():
        if "OBS_VALUE" in row:
            yield day(row.get("TIME_PERIOD")), row.get("CURRENCY", ""), row["OBS_VALUE"]
            continue
        written = row.get("Date", "")
        on = day(written, "%d %B %Y" if " " in written else "")
        yield from ((on, quote, rate) for quote, rate in row.items())
