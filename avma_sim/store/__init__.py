"""Owns a lab on disk: its journal, snapshot and lock, so that one process after another acts on one lab.

Must not know lab files, commands of the command line, or what entries mean.
"""
