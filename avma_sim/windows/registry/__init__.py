"""Owns the registry of a machine, as far as the lab has one: a view of the world's rows.

Must not keep anything of its own, nor print: reg, winreg and whoever else asks get the same values.
"""
