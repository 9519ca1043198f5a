"""Reports how Windows is licensed, by WMI and the registry: a first draft, which docs/truth.md judges."""

from __future__ import annotations

import winreg

import wmi

PARAMETERS = r"SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters"


def report() -> dict[str, object]:
    """Return what it finds, by question."""
    product = next(row for row in wmi.WMI().SoftwareLicensingProduct() if row.PartialProductKey)
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, PARAMETERS) as key:
        host = winreg.QueryValueEx(key, "HostName")[0]
    return {
        "licensed": product.LicenseStatus != 0,
        "key": product.PartialProductKey,
        "ends": product.GracePeriodRemaining,
        "host": host,
        "channel": "avma" if product.AutomaticVMActivationHostMachineName else "kms-client",
    }


if __name__ == "__main__":
    for question, answer in report().items():
        print(f"{question}: {answer}")
