"""Owns what happened, told to people: explanations from the rows that a lab keeps.

Must not change a lab, nor read more than its state.
"""
