"""Owns the actors: what hosts, guests and links do when a command or a due reaches them.

Must not decide: rules decide, wire ends read and write bytes, actors carry values between them.
"""
