"""Owns what is told to people: explanations from the rows that a lab keeps, and what the facts say.

Must not change a lab, nor read more than its state.
"""
