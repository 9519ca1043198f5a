"""Owns the nouns: frozen values with no behaviour past their own shape.

Must not know facts, rules, bytes or time's passing: a noun is only what it holds.
"""
