"""Owns the console of a machine: lines as cmd.exe reads them, and the programs that they start.

Must not touch the machine that we run on: files, programs and the clock are the lab's.
"""
