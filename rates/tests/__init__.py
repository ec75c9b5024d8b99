"""Test what the rates app decides."""
