"""Owns the methods of a machine's products and of its licensing service.

Must not decide whether a change is made: each is the call that slmgr makes, and a failure raises its code.
A setting of a KMS is taken and not kept, as slmgr's options for it are: no machine of the lab has a KMS.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Final

from avma_sim.model.codes import KEY_NOT_INSTALLED, OK
from avma_sim.windows import licensing_calls as calls
from avma_sim.windows.licensing_calls import Caller
from avma_sim.windows.program import NotServed
from avma_sim.windows.wmi.call import DONE, Answer, Call, Called
from avma_sim.windows.wmi.refusal import WmiError

__all__ = ["PRODUCT", "SERVICE"]

WMI: Final = "WMI"
Work = Callable[[Caller, Call], int]  # to the result code
Plain = Callable[[Caller], int]


def _method(work: Work) -> Answer:
    """Make a method of what it does: on a guest, with failures raised."""

    def answer(call: Call) -> Called:
        if call.machine in call.world.state.hosts:
            raise NotServed(WMI, f"{call.method} on the host {call.machine}")
        code = work(Caller(call.world, call.machine, call.elevated), call)
        if code:
            raise WmiError(code)
        return DONE

    return answer


def _plain(work: Plain) -> Work:
    return lambda caller, _: work(caller)


def _not_served(call: Call) -> Called:
    raise NotServed(WMI, f"{call.method} of the licensing service")


def _failing(code: int, *, changes: bool = True) -> Work:
    def work(caller: Caller, call: Call) -> int:
        return calls.denied_else(caller, code) if changes else code

    return work


def _of_key(work: Work, *, changes: bool = True) -> Work:
    """Let a method of a product fail where that product has no key."""
    without = _failing(KEY_NOT_INSTALLED, changes=changes)

    def checked(caller: Caller, call: Call) -> int:
        return (without if call.row["PartialProductKey"] is None else work)(caller, call)

    return checked


def _install_key(caller: Caller, call: Call) -> int:
    return calls.install_key(caller, call.text("ProductKey"))


def _rearm_application(caller: Caller, call: Call) -> int:
    return calls.rearm_application(caller, call.text("ApplicationId"))


def _port(caller: Caller, call: Call) -> int:
    return calls.deny(caller) or (
        OK if call.arguments["PortNumber"] in calls.PORTS else calls.NOT_A_PARAMETER
    )


def _type(caller: Caller, call: Call) -> int:
    fits = call.arguments["ActivationType"] in calls.TYPES
    return calls.deny(caller) or (OK if fits else calls.NOT_A_PARAMETER)


_SETTING: Final = _plain(calls.deny)
_SETTINGS: Final[Mapping[str, Answer]] = {
    "SetKeyManagementServiceMachine": _method(_SETTING),
    "ClearKeyManagementServiceMachine": _method(_SETTING),
    "SetKeyManagementServicePort": _method(_port),
    "ClearKeyManagementServicePort": _method(_SETTING),
    "SetKeyManagementServiceLookupDomain": _method(_SETTING),
    "ClearKeyManagementServiceLookupDomain": _method(_SETTING),
    "SetVLActivationTypeEnabled": _method(_type),
    "ClearVLActivationTypeEnabled": _method(_SETTING),
}

PRODUCT: Final[Mapping[str, Answer]] = types.MappingProxyType(
    {
        **_SETTINGS,
        "Activate": _method(_of_key(_plain(calls.attempt))),
        "UninstallProductKey": _method(_of_key(_plain(calls.uninstall_key))),
        "ReArmSku": _method(_of_key(_plain(calls.rearm))),
        "DepositOfflineConfirmationId": _method(_of_key(_failing(calls.BAD_CONFIRMATION))),
        "GetTokenActivationGrants": _method(
            _of_key(_failing(calls.NO_LICENCE, changes=False), changes=False)
        ),
        "GenerateTokenActivationChallenge": _method(_of_key(_failing(calls.NO_LICENCE))),
        "DepositTokenActivationResponse": _method(_of_key(_failing(calls.NO_LICENCE))),
        "GetPolicyInformationDWord": _not_served,
        "GetPolicyInformationString": _not_served,
    }
)

SERVICE: Final[Mapping[str, Answer]] = types.MappingProxyType(
    {
        **_SETTINGS,
        "InstallProductKey": _method(_install_key),
        "ClearProductKeyFromRegistry": _method(_SETTING),
        "RefreshLicenseStatus": _method(_plain(lambda _: OK)),
        "ReArmWindows": _method(_plain(calls.rearm)),
        "ReArmApp": _method(_rearm_application),
        "DisableKeyManagementServiceHostCaching": _method(_SETTING),
        "DoActiveDirectoryOnlineActivation": _method(_failing(calls.NO_SUCH_DOMAIN)),
        "GenerateActiveDirectoryOfflineActivationId": _method(_failing(calls.NO_SUCH_DOMAIN, changes=False)),
        "DepositActiveDirectoryOfflineActivationConfirmation": _method(_failing(calls.NO_SUCH_DOMAIN)),
        # What slmgr asks for on KMS hosts alone, and files, which machines of the lab do not have.
        "InstallLicense": _not_served,
        "InstallLicensePackage": _not_served,
        "SetVLActivationInterval": _not_served,
        "SetVLRenewalInterval": _not_served,
        "SetKeyManagementServiceListeningPort": _not_served,
        "ClearKeyManagementServiceListeningPort": _not_served,
        "DisableKeyManagementServiceDnsPublishing": _not_served,
        "EnableKeyManagementServiceLowPriority": _not_served,
    }
)
