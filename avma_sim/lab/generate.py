"""Owns filling a lab with many hosts and guests under stable names.

Must not draw from anywhere but the lab's seed.
"""

from __future__ import annotations

from avma_sim.errors import InputError
from avma_sim.lab.verbs import Verbs
from avma_sim.sim.chance import chance_below

__all__ = ["fill"]


def fill(lab: Verbs, hosts: int, guests_per_host: int, release: str) -> None:
    """Add hosts, and guests on each of them.

    Args:
        lab: the lab.
        hosts: how many hosts, at least 0.
        guests_per_host: how many guests on each, at least 0.
        release: release of the hosts.

    Raises:
        InputError: a count is negative, or no guest with a published key fits the host.
    """
    for count in (hosts, guests_per_host):
        if type(count) is not int or count < 0:
            raise InputError(f"hosts and guests are counted from 0, not {count!r}")
    facts = lab.facts
    build = facts.release(release).build
    # A guest's release and edition are drawn among those that a published key serves and the host activates.
    fitting = [
        (guest.id, edition)
        for guest in facts.releases.values()
        for edition in guest.editions
        if guest.build <= build and facts.key_for(guest.family, edition) and edition != "datacenter-azure"
    ]
    if not fitting and guests_per_host:
        raise InputError(f"no guest with a published AVMA key fits a host of {release}")
    width = max(2, len(str(hosts)))
    for number in range(1, hosts + 1):
        host = f"hv{number:0{width}d}"
        lab.add_host(host, release=release, activated=True)
        for guest_number in range(1, guests_per_host + 1):
            name = f"{host}-vm{guest_number:0{max(3, len(str(guests_per_host)))}d}"
            at = chance_below(lab.state.settings.seed, "guest release", name, 0, len(fitting))
            guest_release, edition = fitting[at]
            lab.add_guest(name, on=host, release=guest_release, edition=edition, key="avma")
