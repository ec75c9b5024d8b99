"""Test the engines, the supervisor, the test plugin and the `fx` script."""
