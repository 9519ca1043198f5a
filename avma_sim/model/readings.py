"""Owns the set of readings: one chosen value for each point the sources leave open.

Must not know what a reading changes: rules consult the values, facts list the allowed ones.
"""

from __future__ import annotations

from typing import Final

import attrs

__all__ = ["READING_VALUES", "Readings"]

# What the rules know, the default first; the values of `timing` are rows of the facts.
READING_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "no_seed_row": ("invalid-host", "activation-denied"),
    "host_too_old": ("activation-denied", "invalid-host"),
    "semi_annual_order": ("build", "family"),
    "host_edition": ("no-channel", "refusal"),
    "host_2012r2_edition": ("datacenter", "any"),
    "wrong_key": ("refuse-at-install", "deny-at-activation"),
    "data_exchange_off": ("invalid-host", "no-effect"),
    "failed_unlicensed": ("notification", "initial-grace"),
    "move_to_unqualified": ("kept-until-expiry", "attempt-on-arrival"),
    "kvp_after_key_replacement": ("tool-removes", "system-removes"),
    "keys_2004_20h2": ("none", "2019-pair"),
}


@attrs.frozen(cache_hash=True)
class Readings:
    """The chosen value of every reading; the defaults are the project's own choice.

    Args:
        timing: intervals of renewal, retry and validity.
        no_seed_row: notification where the document names none.
        host_too_old: answer of a host older than the guest.
        semi_annual_order: how semi-annual guests are ordered.
        host_edition: answer of a host that is not Datacenter.
        host_2012r2_edition: editions of a 2012 R2 host that qualify.
        wrong_key: when a key that does not fit is refused.
        data_exchange_off: what switching Data Exchange off does.
        failed_unlicensed: state of an unlicensed guest after a failure.
        move_to_unqualified: what a move to an unqualified host does.
        kvp_after_key_replacement: who removes licence data from KVP.
        keys_2004_20h2: keys of the two releases without published ones.
    """

    timing: str = "volume-family"
    no_seed_row: str = "invalid-host"
    host_too_old: str = "activation-denied"
    semi_annual_order: str = "build"
    host_edition: str = "no-channel"
    host_2012r2_edition: str = "datacenter"
    wrong_key: str = "refuse-at-install"
    data_exchange_off: str = "invalid-host"
    failed_unlicensed: str = "notification"
    move_to_unqualified: str = "kept-until-expiry"
    kvp_after_key_replacement: str = "tool-removes"
    keys_2004_20h2: str = "none"
