"""Take a body in piece by piece, within a limit, unpacked if a vendor packs it although asked not to."""

from __future__ import annotations

import zlib

from providers.adapters.base import Category, ProviderError

_PLAIN = ("", "identity")
# What zlib is told to expect: gzip for the one, and for `deflate` zlib's envelope, which is what it means.
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_MEBIBYTE = 1024 * 1024


class Unpacker:
    """Collect a body; both what came and what it unpacks to stay below the limit.

    Raises: ProviderError bad_body from every method.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self._encoding, self._limit = encoding.strip().lower(), limit
        self._content, self._came = bytearray(), 0
        if self._encoding not in (*_PLAIN, *_WINDOWS):
            raise ProviderError(Category.BAD_BODY, "compressed although asked not to")
        self._stream = None if self._encoding in _PLAIN else self._opened()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._came += len(chunk)
        if self._stream is None:
            self._content += chunk
        while self._stream is not None and chunk:
            if self._stream.eof:
                self._stream = self._opened()
            self._content += self._inflated(chunk)
            chunk = self._stream.unused_data
            self._check_size()
        self._check_size()

    def finish(self) -> bytes:
        """Give the whole body."""
        if self._stream is not None and self._came and not self._stream.eof:
            raise ProviderError(Category.BAD_BODY, "its compression ends too early")
        return bytes(self._content)

    def _opened(self) -> zlib._Decompress:
        return zlib.decompressobj(_WINDOWS[self._encoding])

    def _inflated(self, chunk: bytes) -> bytes:
        """Inflate a byte more than there is room for at most: what it then holds back is never wanted."""
        assert self._stream is not None
        try:
            return self._stream.decompress(chunk, self._limit + 1 - len(self._content))
        except zlib.error:
            raise ProviderError(Category.BAD_BODY, "its compression is broken") from None

    def _check_size(self) -> None:
        if max(len(self._content), self._came) > self._limit:
            raise ProviderError(Category.BAD_BODY, f"larger than {self._limit // _MEBIBYTE} MiB")
