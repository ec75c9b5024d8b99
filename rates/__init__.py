"""Decide what a price is: currencies, pairs, pricing and the board in memory."""
