"""Owns what WMI shows of a machine: rows of its classes, and how instances are named and written as text.

Must not read queries, nor carry methods out: it answers what is there now.
"""
