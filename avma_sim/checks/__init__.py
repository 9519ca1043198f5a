"""Owns the invariants: what must hold of every trace and every state, by name, whatever was commanded.

Must not decide anything in a lab: a check only reads what happened.
"""

from avma_sim.checks.abstraction import abstract
from avma_sim.checks.invariants import INVARIANTS, Watch, violations
from avma_sim.checks.states import STATE_INVARIANTS, wrong_in

__all__ = ["INVARIANTS", "STATE_INVARIANTS", "Watch", "abstract", "violations", "wrong_in"]
