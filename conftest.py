"""Offer engines and a market to every test; the engines all tests share come from devstack.pytest_plugin."""

pytest_plugins = ("devstack.fixtures", "demo.fixtures", "providers.tests.fixtures", "fxengine.tests.flush")
