"""Tests of the rate stream."""
