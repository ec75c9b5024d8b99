"""Tests of the whole house, through its doors."""
