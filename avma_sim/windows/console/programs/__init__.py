"""Owns the programs of the console that need no room of their own.

Must not know the shell that starts them.
"""
