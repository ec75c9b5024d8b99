"""Stand in for the exchange-rate vendors: a simulated market on loopback, for demonstrations and tests.

Nothing of the product imports this package, and it imports nothing of the product.
"""
