"""Owns scenario files: what they may say, how they are read with their places, run and judged.

Must not hold meaning of its own: a step is one command of the lab, an expectation looks at rows.
"""
