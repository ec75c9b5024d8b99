"""Answer long lists: a page of JSON with where to go on, or everything at once as CSV or NDJSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView

from rates.etag import tagged
from rates.query import whole_number
from rates.renderers import BATCH, STREAMED, CsvRenderer, NdjsonRenderer, Row, stream

PAGING = frozenset({"limit", "cursor"})
# A cursor, and the row that it stands for.
Marked = tuple[str, Row]
After = Callable[[str | None, int], Iterator[Marked]]


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows in a lasting order, under a name in an envelope.

    `after` gives them from the one behind a cursor on, or from the first, reading so many at a time. `pinned`
    is what the question means now: the next page is to be of the same span.
    """

    name: str
    columns: tuple[str, ...]
    envelope: Mapping[str, Any]
    pinned: Mapping[str, str]
    after: After


class ListingView(APIView):
    """A view whose rows also come as CSV and as NDJSON."""

    renderer_classes = [*APIView.renderer_classes, CsvRenderer, NdjsonRenderer]


def listed(
    request: Request, asked: Mapping[str, str], listing: Listing, *, usual: int, most: int
) -> HttpResponseBase:
    """Answer with a page, or with the whole of a list in a format that streams. Raises: InvalidRequest."""
    limit, cursor = whole_number(asked, "limit", 1, most), asked.get("cursor")
    chosen = request.accepted_renderer.format
    if chosen not in STREAMED:
        return _page(request, asked, listing, cursor, limit or usual)
    rows = (row for _, row in islice(listing.after(cursor, BATCH), limit))
    if request.method == "HEAD":
        return HttpResponse(content_type=STREAMED[chosen])
    return stream(chosen, listing.columns, rows)


def _page(
    request: Request, asked: Mapping[str, str], listing: Listing, cursor: str | None, limit: int
) -> HttpResponseBase:
    """Read one row more than the page has: it says whether there is another page."""
    found = list(islice(listing.after(cursor, limit + 1), limit + 1))
    following = None
    if len(found) > limit:
        query = {**asked, **listing.pinned, "cursor": found[limit - 1][0]}
        query = {name: text for name, text in query.items() if name not in ("hours", "format")}
        following = f"{request.build_absolute_uri(request.path)}?{urlencode(query)}"
    rows = [row for _, row in found[:limit]]
    return tagged(request, {**listing.envelope, listing.name: rows, "next": following})
