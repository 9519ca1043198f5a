"""Owns the invariants: what must hold of every trace, by name, whatever was commanded.

Must not decide anything in a lab: a check only reads what happened.
"""

from avma_sim.checks.invariants import INVARIANTS, Watch, violations

__all__ = ["INVARIANTS", "Watch", "violations"]
