"""Owns tools by name that can be held against the truth: public rules re-stated, and public programs.

Must not decide what is true.
"""
