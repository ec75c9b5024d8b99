"""Offer the engine fixtures to every test; the engines all tests share come from devstack.pytest_plugin."""

pytest_plugins = ("devstack.fixtures",)
