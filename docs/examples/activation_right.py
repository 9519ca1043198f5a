"""Reports how Windows is licensed, by WMI: activation_wrong.py after a walk through the worlds."""

from __future__ import annotations

import wmi

IN_USE = (
    "SELECT Description, GracePeriodRemaining, LicenseStatus, PartialProductKey "
    "FROM SoftwareLicensingProduct "
    "WHERE ApplicationID = '55c92734-d682-4d71-983e-d6ec3f16059f' AND PartialProductKey <> null"
)
LICENSED = 1
# By a word of the Description; ProductKeyChannel of AVMA is our guess.
CHANNELS = {
    "VIRTUAL_MACHINE_ACTIVATION": "avma",
    "VOLUME_KMSCLIENT": "kms-client",
    "VOLUME_MAK": "mak",
    "OEM_": "oem",
    "RETAIL": "retail",
}


def report() -> dict[str, object]:
    """Return what it finds, by question; of the host it says nothing, for a guest cannot know."""
    rows = wmi.WMI().query(IN_USE)
    if not rows:
        return {"licensed": False, "key": "none", "ends": "none", "channel": "none"}
    product = rows[0]
    licensed = product.LicenseStatus == LICENSED
    return {
        "licensed": licensed,
        "key": product.PartialProductKey,
        # Minutes; 0 of a licence is one without an end, and in a grace period they are no licence's.
        "ends": (product.GracePeriodRemaining or "never") if licensed else "none",
        "channel": next((name for word, name in CHANNELS.items() if word in product.Description), None),
    }


if __name__ == "__main__":
    for question, answer in report().items():
        print(f"{question}: {answer}")
