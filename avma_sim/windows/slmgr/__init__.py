"""Owns slmgr as programs see it: its words, its lines, its exit codes, and the script host that runs it.

Must not decide anything: what it is asked to do becomes a command, what it shows is what the products say.
"""
