"""Owns the front: the lab, handles for hosts and guests, and the generator of large labs.

Must not hold meaning of its own: every method is one command, every property reads a row.
"""
