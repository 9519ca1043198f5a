"""Owns what is documented: rows of values with a status and a source, and the one loader of them.

Must not know conditions: a row says what is, the rules say what follows.
"""
