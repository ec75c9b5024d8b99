"""Run the whole product on one machine: embedded engines, a supervisor, and the test plugin.

A tool: no application package imports it. Everything but `announce` needs only the standard library.
"""
