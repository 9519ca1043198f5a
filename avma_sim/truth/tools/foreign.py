"""Owns programs of others that are asked within this process, where installed: Salt and cloudbase-init.

Must not change them: what they need of Windows the lab answers, its system calls a few functions.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import traceback
import types
import warnings
from collections.abc import Iterator
from typing import Any, Final

from avma_sim.errors import InputError
from avma_sim.lab.lab import Lab

__all__ = ["CLOUDBASE_SOURCE", "SALT_SOURCE", "cloudbase_activates", "salt_licensed"]

SALT_SOURCE: Final = "Salt: salt.modules.win_license, function licensed"
CLOUDBASE_SOURCE: Final = (
    "cloudbase-init: its plugin for licences with set_avma_product_key and activate_windows"
)
_OPTIONS: Final = {
    "set_avma_product_key": True,
    "set_kms_product_key": False,
    "activate_windows": True,
    "log_licensing_info": False,
}
_ACTIVATING: Final = "_activate_windows"  # the plugin's last step
_LICENSING: Final = "cloudbaseinit.utils.windows.licensing"


def salt_licensed(lab: Lab, guest: str) -> bool:
    """Ask Salt's module whether a guest is licensed.

    Args:
        lab: the lab.
        guest: the guest's name.

    Returns:
        What it says.

    Raises:
        InputError: Salt is not installed.
    """
    module = _imported("salt.modules.win_license", "salt")
    with _set(module, "__salt__", {"cmd.run": lambda line: lab.run(guest, line).stdout}):
        return bool(module.licensed())


def cloudbase_activates(lab: Lab, guest: str) -> bool | None:
    """Let cloudbase-init's plugin activate a guest by AVMA.

    Args:
        lab: the lab.
        guest: the guest's name.

    Returns:
        True where the plugin is done, False where activating is what it ends at with an error; None where it
        ends before it has got to that, for then it has not looked.

    Raises:
        InputError: cloudbase-init is not installed.
    """
    _imported("cloudbaseinit", "cloudbase-init")
    with lab.as_windows(guest):
        # It takes `wmi` when it is imported, and each lab brings its own.
        licensing = importlib.reload(_imported(_LICENSING, "cloudbase-init"))
        factory = _imported("cloudbaseinit.osutils.factory", "cloudbase-init")
        system = _system(_imported("cloudbaseinit.osutils.base", "cloudbase-init").BaseOSUtils, licensing)
        with _set(factory, "get_os_utils", lambda: system), _options(), _hushed("cloudbaseinit"):
            return _runs()


def _runs() -> bool | None:
    service = _imported("cloudbaseinit.metadata.services.base", "cloudbase-init").EmptyMetadataService()
    plugin = _imported("cloudbaseinit.plugins.windows.licensing", "cloudbase-init").WindowsLicensingPlugin()
    try:
        plugin.execute(service, {})
    except Exception as error:  # noqa: BLE001 - whichever way a program fails: where it did is what it says
        steps = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
        return False if _ACTIVATING in steps else None
    return True


def _system(base: type, licensing: types.ModuleType) -> Any:
    """Make what the program's own class asks Windows through ctypes; programs it starts as ever."""
    (row,) = licensing.wmi.WMI(moniker="//./root/cimv2").Win32_OperatingSystem()
    numbers = tuple(map(int, row.Version.split(".")))

    class Windows(base):  # type: ignore[misc] # the class is not known before
        def get_os_version(self) -> dict[str, int]:
            return dict(zip(("major_version", "minor_version", "build_number"), numbers, strict=True))

        def check_os_version(self, major: int, minor: int, build: int = 0) -> bool:
            return numbers >= (major, minor, build)

        def get_system32_dir(self) -> str:
            return r"C:\Windows\system32"

        def check_sysnative_dir_exists(self) -> bool:
            return False

        def is_nano_server(self) -> bool:
            return False

    return Windows()


@contextlib.contextmanager
def _options() -> Iterator[None]:
    conf = _imported("cloudbaseinit.conf", "cloudbase-init").CONF
    for name, value in _OPTIONS.items():
        conf.set_override(name, value)
    try:
        yield
    finally:
        for name in _OPTIONS:
            conf.clear_override(name)


@contextlib.contextmanager
def _hushed(name: str) -> Iterator[None]:
    """Keep what a program logs from whoever collects logs here: it is no answer."""
    logger, nowhere = logging.getLogger(name), logging.NullHandler()
    before, logger.propagate = logger.propagate, False
    logger.addHandler(nowhere)
    try:
        yield
    finally:
        logger.removeHandler(nowhere)
        logger.propagate = before


@contextlib.contextmanager
def _set(owner: types.ModuleType, name: str, value: object) -> Iterator[None]:
    before = vars(owner).get(name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


def _imported(module: str, package: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they warn of is their developers' business
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            raise InputError(
                f"the tool asks {package}, and it is not installed here ({error}): pip install {package}"
            ) from None
