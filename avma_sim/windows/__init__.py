"""Owns what tools see of Windows: slmgr, the event log, answer files, and the console that runs lines.

Must not decide anything: it asks the world, and renders what the world says.
"""
