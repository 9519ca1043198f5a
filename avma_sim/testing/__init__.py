"""Owns what users test with: the pytest plugin.

Must not be imported before a test run needs it: the plugin stays thin.
"""
