"""Owns what a compliance finding is, and the list of all kinds: id, how bad, clauses, what to do.

Must not find anything itself.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Final

import attrs

__all__ = ["ERROR", "INFO", "KINDS", "SEVERITIES", "WARNING", "Finding", "Kind", "finding"]

ERROR: Final = "error"
WARNING: Final = "warning"
INFO: Final = "info"
SEVERITIES: Final = (ERROR, WARNING, INFO)

_ASK: Final = (
    "Ask the tenant what `slmgr /dlv` says in the guest; the host's own events 12310 are what counts."
)
_READ: Final = "Read the guest again, and look at its integration service."
_DELETE: Final = (
    "Ask the tenant for `slmgr /dlv`. If another kind of key is in, or none, have the four items deleted in "
    "the guest: the host's RemoveKvpItems reaches only what the host pushed."
)


@attrs.frozen
class Kind:
    """A kind of finding.

    Args:
        id: its stable name.
        severity: one of `SEVERITIES`.
        clauses: the clauses that it is about.
        advice: what to do.
    """

    id: str
    severity: str
    clauses: tuple[str, ...]
    advice: str


@attrs.frozen
class Finding:
    """One finding.

    Args:
        id: id of its kind.
        severity: error, warning or info.
        host: the host that it is about.
        guest: the guest that it is about; empty where it is about a host.
        tenant: whose guest; empty for nobody's.
        sentence: what was found.
        advice: what to do.
        clauses: the clauses that it is about.
        guests: of a finding about a host, the guests that it touches.
    """

    id: str
    severity: str
    host: str
    guest: str
    tenant: str
    sentence: str
    advice: str
    clauses: tuple[str, ...]
    guests: tuple[str, ...] = ()


_ROWS: Final = (
    # What a guest shows of its licence, against the hosts' own history.
    Kind("licence-not-granted", ERROR, ("C14", "C16"), _ASK),
    Kind("licence-outlived", ERROR, ("C14", "C16"), _ASK),
    Kind("licence-time-differs", ERROR, ("C14", "C16"), _ASK),
    Kind("licence-host-unknown", WARNING, ("C14", "C16"), _ASK),
    Kind("licence-status-differs", WARNING, ("C12", "C14"), _ASK),
    Kind("licence-behind", WARNING, ("C12", "C15"), _DELETE),
    Kind("licence-items-frozen", WARNING, ("C15",), _DELETE),
    Kind("licence-incomplete", WARNING, ("C12", "C14"), _ASK),
    Kind("licence-malformed", WARNING, ("C14",), _ASK),
    Kind("licence-key-differs", WARNING, ("C14", "C15"), _ASK),
    Kind("licence-unprovable", INFO, ("C16",), "Report from a trace, or keep more rows of the hosts' logs."),
    Kind(
        "licence-not-published",
        INFO,
        ("C15",),
        "Nothing, if the key was replaced and the items were removed, as they must be; else ask the tenant.",
    ),
    # What else a guest shows, against what its host knows.
    Kind(
        "parameters-differ",
        WARNING,
        ("C14",),
        "Do not rely on these items; a start of the guest sets them anew.",
    ),
    Kind("release-differs", WARNING, ("C13", "C14"), "Ask the tenant which system runs in the guest."),
    Kind("external-differs", INFO, ("C14",), "Read the pool again, and push the items anew."),
    Kind("name-twice", INFO, ("C13", "C14"), "See whether one is a copy of the other that kept its name."),
    # What hosts decided, and what they can still decide.
    Kind(
        "activation-refused",
        WARNING,
        ("C16", "C18"),
        "See why in the sentence, and mend it before the licence ends.",
    ),
    Kind("host-platform", ERROR, ("C01",), "Move the guests to a Hyper-V host."),
    Kind("host-release", ERROR, ("C02",), "Move the guests to a host of Windows Server 2012 R2 or newer."),
    Kind("host-edition", ERROR, ("C02",), "Move the guests to a Datacenter host."),
    Kind("host-service", ERROR, ("C02", "C18"), "Start the host's activation service."),
    Kind("host-not-activated", ERROR, ("C03",), "Activate the host; its guests ask again every few hours."),
    Kind("host-activation-ends", WARNING, ("C03",), "Renew the host's activation before that."),
    Kind("guest-too-new", ERROR, ("C04",), "Move the guest to a host of its own release or a newer one."),
    Kind("guest-needs-azure-local", ERROR, ("C04", "C05"), "Move the guest to an Azure Local host."),
    # Guests that do not report.
    Kind(
        "data-exchange-off",
        WARNING,
        ("C12",),
        "Turn the integration service Data Exchange on: AVMA needs it too.",
    ),
    Kind("no-channel", INFO, ("C01", "C12"), "Only Hyper-V hosts read their guests."),
    Kind("never-read", WARNING, ("C12",), _READ),
    Kind("read-long-ago", WARNING, ("C12",), _READ),
    Kind("read-elsewhere", INFO, ("C11", "C12"), "Read the guest again on the host that it is on now."),
    Kind("no-contact", WARNING, ("C12",), _READ),
    Kind("protocol-mismatch", WARNING, ("C12",), "Update the guest's integration services."),
    Kind("read-failed", WARNING, ("C12", "C14"), _READ),
    # What a guest wrote that a program might stumble over.
    Kind(
        "content-suspicious",
        WARNING,
        ("C14",),
        "Show these values escaped only, and ask the tenant who writes them.",
    ),
    Kind("content-malformed", WARNING, ("C13", "C14"), "Do not reckon with these values."),
    Kind("content-many", WARNING, ("C14",), "Bound what your tools read of this guest."),
    Kind(
        "key-in-content",
        ERROR,
        ("C14", "C20"),
        "Have the key removed from the guest's items, and replace it.",
    ),
)

KINDS: Final[Mapping[str, Kind]] = types.MappingProxyType({kind.id: kind for kind in _ROWS})


def finding(
    name: str, host: str, guest: str, tenant: str, sentence: str, guests: tuple[str, ...] = ()
) -> Finding:
    """Make a finding of a kind.

    Args:
        name: id of the kind.
        host: the host that it is about.
        guest: the guest; empty for none.
        tenant: whose guest; empty for nobody's.
        sentence: what was found.
        guests: of a finding about a host, the guests that it touches.

    Returns:
        The finding.
    """
    kind = KINDS[name]
    return Finding(kind.id, kind.severity, host, guest, tenant, sentence, kind.advice, kind.clauses, guests)
