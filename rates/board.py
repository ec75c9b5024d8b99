"""Keep the newest price of every tracked pair in memory. Pure: one board per process, fed by its hub."""

from collections.abc import Iterable

from rates.price import Price


class Board:
    """Hold one price per pair; readers see either direction of it."""

    def __init__(self) -> None:
        self.stream = ""
        self.seq = 0
        self._prices: dict[str, Price] = {}

    def put(self, prices: Iterable[Price], seq: int) -> list[Price]:
        """Take over a run's prices and return those that moved forward; an older one changes nothing."""
        newer = [price for price in prices if self._is_newer(price)]
        self._prices.update({price.symbol: price for price in newer})
        self.seq = max(self.seq, seq)
        return newer

    def replace(self, stream: str, seq: int, prices: Iterable[Price]) -> None:
        """Start over from the database."""
        self._prices = {price.symbol: price for price in prices}
        self.stream, self.seq = stream, seq

    def get(self, base: str, quote: str) -> Price | None:
        """Find a pair in either direction. None when it is not tracked or not priced yet."""
        price = self._prices.get(f"{base}/{quote}")
        if price is None and (other := self._prices.get(f"{quote}/{base}")):
            price = other.inverse()
        return price

    def all(self) -> list[Price]:
        """List every price in symbol order."""
        prices = dict(self._prices)  # of one moment: a run may come in while a thread reads
        return [prices[symbol] for symbol in sorted(prices)]

    def _is_newer(self, price: Price) -> bool:
        known = self._prices.get(price.symbol)
        return known is None or (price.seq or 0) > (known.seq or 0)


board = Board()
