"""Hold what was asked over HTTP and what came back, and open it by its format."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from providers.adapters._errors import Category, ProviderError

# What a failing status says where the body says no more; every other one is a server in trouble.
_STATUSES = {
    "400": Category.UNSUPPORTED,
    "401": Category.AUTH,
    "403": Category.PLAN,
    "404": Category.UNSUPPORTED,
    "422": Category.UNSUPPORTED,
    "429": Category.QUOTA,
}
# What vendors write in, by Python's names. The word is theirs: some of Python's other codecs, such as
# punycode, take the square of a body's length.
_ALPHABETS = {"ascii", "utf-8", "utf-16", "koi8-r", "iso8859-1", "iso8859-2", "iso8859-5", "iso8859-9",
              "iso8859-15", "cp1250", "cp1251", "cp1252", "cp1254"}  # fmt: skip
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml[^>]{0,99}encoding=[\"']([\w.:-]+)")


@dataclass(frozen=True, slots=True)
class Request:
    """A request below the provider's base URL, without its key: a GET, or a POST of `content`.

    Where an answer does not repeat the pair or the day, path and parameters still tell them.
    """

    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """What came back, read whole: the status, the bytes, their type, and what was asked.

    The names of `headers` are in lower case.
    """

    status: int
    content: bytes
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    request: Request | None = None

    @property
    def failed(self) -> bool:
        """Say whether the status is one of a failure."""
        return self.status >= 400

    @property
    def asked(self) -> Mapping[str, str]:
        """Read the parameters that were asked; none when the request is not known."""
        return self.request.parameters if self.request else {}

    def failure(
        self, detail: object = "", category: Category | None = None, retry_after: timedelta | None = None
    ) -> ProviderError:
        """Build the error of this answer; without a category its status decides."""
        said = f"HTTP {self.status} {detail}".rstrip()
        stated = self.retry_after()
        return ProviderError(category or self.category(), said, retry_after if stated is None else stated)

    def category(self, status: object = None) -> Category:
        """Read a failure off the status: the answer's own, or one that the body states."""
        if status is None and not self.failed:
            return Category.BAD_BODY
        return _STATUSES.get(str(self.status if status is None else status), Category.UNAVAILABLE)

    def retry_after(self) -> timedelta | None:
        """Read `Retry-After`, in seconds or as a date by the vendor's own clock. None without one."""
        wanted = self.headers.get("retry-after", "").strip()
        if wanted.isdecimal() and len(wanted) < 8:
            return timedelta(seconds=int(wanted))
        try:
            until, now = (parsedate_to_datetime(text) for text in (wanted, self.headers.get("date", "")))
            return max(until - now, timedelta(0))
        except (ValueError, TypeError):
            return None

    def json(self) -> dict[str, Any]:
        """Read a JSON object with every number as Decimal.

        Raises: ProviderError bad_body, or what the status says where it is one of a failure.
        """
        found = self._json()
        if not isinstance(found, dict):
            raise self.failure("not a JSON object")
        return found

    def json_list(self) -> list[dict[str, Any]]:
        """Read a JSON list of objects. Raises: ProviderError, as with an object."""
        found = self._json()
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise self.failure("not a JSON list of objects")
        return found

    def records(self) -> list[dict[str, Any]]:
        """Read a JSON list of objects; one object is a list of one. Raises: ProviderError, as with JSON."""
        return [self.json()] if self.content.lstrip().startswith(b"{") else self.json_list()

    def xml(self) -> Element:
        """Read XML without entities or DTD. Raises: ProviderError, as with JSON."""
        try:
            return defusedxml.ElementTree.fromstring(self.content, forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise self.failure("not XML") from error

    def text(self, encoding: str | None = None) -> str:
        """Decode the bytes as told, else by content type, XML declaration, or UTF-8.

        Raises: ProviderError, as with JSON.
        """
        declared = _DECLARED.search(self.content[:200])
        stated = _CHARSET.search(self.content_type)
        charset = encoding or (stated and stated[1]) or (declared and declared[1].decode()) or "utf-8"
        try:
            if (name := codecs.lookup(charset).name) not in _ALPHABETS:
                raise LookupError(name)
            return self.content.decode(name).removeprefix("\ufeff")
        except (ValueError, LookupError) as error:
            raise self.failure("not text of its encoding") from error

    def rows(self, delimiter: str = ",", encoding: str | None = None) -> list[list[str]]:
        """Read csv as rows of cells without outer blanks; empty lines are left out.

        Raises: ProviderError, as with JSON, also for a page of HTML.
        """
        text = self.text(encoding)
        if text.lstrip().startswith("<"):
            raise self.failure("not csv")
        try:
            cells = list(csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True))
        except csv.Error as error:
            raise self.failure("not csv") from error
        return [[cell.strip() for cell in row] for row in cells if row]

    def table(self, delimiter: str = ",", encoding: str | None = None) -> list[dict[str, str]]:
        """Read csv under one line of headings as one map a row. Raises: ProviderError, as with JSON."""
        names, *rows = self.rows(delimiter, encoding) or [[]]
        return [dict(zip(names, row, strict=False)) for row in rows]

    def _json(self) -> Any:
        """Read JSON of any kind."""
        try:
            return json.loads(self.content, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise self.failure("not JSON") from error


def _refuse(name: str) -> Decimal:
    raise ValueError(f"{name} is not a number")
