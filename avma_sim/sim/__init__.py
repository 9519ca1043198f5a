"""Owns time and delivery: the world's state and loop, agenda, chance, journal, faults and actors.

Must not know who asks: commands come in, events go out, whatever door they came through.
"""
