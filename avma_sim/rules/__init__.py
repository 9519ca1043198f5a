"""Owns the law: pure functions from state, facts and readings to a verdict with its reasons.

Must not know bytes, delivery or the clock: whatever a rule needs is an argument.
"""
