"""Hear what the sources say: adapters, fetching, keys and the log of ticks."""
