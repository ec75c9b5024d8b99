"""Test the wiring."""
