"""Measure the product beside a reference, both in one run: `./fx bench`. The product never imports it."""
