"""Owns the bytes of the activation channel, without any input or output of its own.

Must not know the law, time or delivery: bytes and values in, bytes and values out.
"""
