"""Test what the conversions app answers and keeps."""
