"""Owns the Application log as programs see it: records, their renderings, queries, and wevtutil.

Must not decide what is logged: rows of the state become records here.
"""
