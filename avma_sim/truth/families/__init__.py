"""Owns the worlds, by family: which states of a guest tools are asked in.

Must not play a world.
"""
