"""Test what the providers app hears, keeps and hides."""
