"""Owns the command line `avma-sim`: arguments in, text and an exit code out.

Must not hold meaning of its own: it calls the rooms below and renders what they return.
"""
