"""Owns the question who tells the truth: legal worlds, what a tool claims in them, and what is true.

Must not print, nor change what is true so that a tool is right.
"""
