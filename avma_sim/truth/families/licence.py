"""Owns the worlds about states of a licence: how it was gained, kept, lost, or never was.

Must not play a world.
"""

from __future__ import annotations

from typing import Final

from avma_sim.truth.world import World, guest, host
from avma_sim.truth.world import write_world as world

__all__ = ["WORLDS"]

# Well-formed keys that are none of anybody's: a lab declares of what kind they are.
_DECLARED: Final = "BBBBB-CCCCC-DDDDD-FFFFF-GGGGN"
_KMS_2019: Final = "N69G4-B89J2-4G8F4-WWYCC-J464C"
_AVMA_2016: Final = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
_AVMA_2016_DATACENTER: Final = "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J"
_NO_KEY: Final = {"web01": guest(key="none")}
_LOST: Final = {"hv1": host(activated=False)}
_TWO: Final = {"hv1": host(), "hv2": host("ws2022")}
_BAD: Final = {"hv1": host(), "bad": host(activated=False)}
_FITTING: Final = (  # guest's release, edition, host's release
    ("ws2012r2", "standard", "ws2012r2"),
    ("ws2016", "datacenter", "ws2016"),
    ("ws2016", "essentials", "ws2019"),
    ("ws1709", "standard", "ws2019"),
    ("ws1809", "datacenter", "ws2022"),
    ("ws1909", "standard", "ws2022"),
    ("ws2022", "standard", "ws2022"),
    ("ws2025", "datacenter", "ws2025"),
)

_GRANTED: Final = (
    world("licence-granted", "A guest is licensed by its first start.", "start: web01"),
    *(
        world(
            f"licence-granted-{release}-{edition}",
            f"A guest of {release} {edition} is licensed by a host of {on}.",
            "start: web01",
            hosts={"hv1": host(on)},
            guests={"web01": guest(release, edition)},
        )
        for release, edition, on in _FITTING
    ),
    world(
        "licence-core", "A Core installation is licensed.", "start: web01", guests={"web01": guest(core=True)}
    ),
    world(
        "licence-answer-file",
        "The key came with an answer file, and Setup installed it.",
        "start: web01",
        guests={"web01": {"release": "ws2019", "edition": "standard", "on": "hv1", "unattend_key": "avma"}},
    ),
    world("licence-renewed", "The licence was renewed six hours ago.", "start: web01\nadvance: 7d 6h"),
    world(
        "licence-permanent",
        "The licence has no end, which the sources allow.",
        "start: web01",
        readings={"timing": "permanent"},
    ),
    world(
        "licence-after-a-refusal",
        "The host was activated late, and a retry was granted.",
        "start: web01\nactivate: hv1\nadvance: 3h",
        hosts=_LOST,
    ),
    world(
        "licence-key-installed-later",
        "The key was installed when the guest had run for two days.",
        "start: web01\nafter: 2d, install_key: {guest: web01, key: avma}",
        guests=_NO_KEY,
    ),
    world(
        "licence-silent-at-first",
        "The host's service hung at the first attempt and answered the second.",
        "start: web01\nadvance: 1m\nset_service: {host: hv1, state: running}\nadvance: 3h",
        hosts={"hv1": host(service="hung")},
    ),
)
_REFUSED: Final = (
    world("licence-host-not-activated", "The host was never activated.", "start: web01", hosts=_LOST),
    world(
        "licence-host-evaluates",
        "The host runs an evaluation, which is no activation.",
        "start: web01",
        hosts={"hv1": host(activated={"channel": "evaluation"})},
    ),
    world(
        "licence-host-ended",
        "The host's own activation ended before the guest was started.",
        "after: 2d, start: web01",
        hosts={"hv1": host(activated={"channel": "kms", "until": "2025-01-02T00:00:00Z"})},
    ),
    world(
        "licence-host-standard",
        "The host is a Standard edition, which activates nobody.",
        "start: web01",
        hosts={"hv1": host(edition="standard")},
    ),
    world(
        "licence-other-hypervisor",
        "The guest runs on another hypervisor.",
        "start: web01",
        hosts={"hv1": host(platform="kvm")},
    ),
    world(
        "licence-guest-newer",
        "The guest is newer than its host.",
        "start: web01",
        guests={"web01": guest("ws2022")},
    ),
    world(
        "licence-azure-edition",
        "An edition for Azure runs on a host that is not there.",
        "start: web01",
        hosts={"hv1": host("ws2022")},
        guests={"web01": guest("ws2022", "datacenter-azure")},
    ),
    world(
        "licence-data-exchange-off",
        "Data Exchange is off for the guest.",
        "start: web01",
        guests={"web01": guest(data_exchange=False)},
    ),
    world(
        "licence-service-stopped",
        "The service in the guest that exchanges data is stopped.",
        "start: web01",
        guests={"web01": guest(kvp_service=False)},
    ),
    world(
        "licence-silent-host",
        "The host does not answer, and the attempt failed by its deadline.",
        "start: web01\nadvance: 1m",
        hosts={"hv1": host(service="hung")},
    ),
    world(
        "licence-request-limit",
        "Another guest used up the requests that the host answers.",
        "start: web02\nstart: web01",
        hosts={"hv1": host(request_limit={"count": 1, "per": "30d"})},
        guests={"web01": guest(), "web02": guest()},
    ),
    world(
        "licence-grace-after-a-refusal",
        "The host refused, and the grace period goes on, which the sources allow.",
        "start: web01",
        hosts=_LOST,
        readings={"failed_unlicensed": "initial-grace"},
    ),
    world(
        "licence-wrong-edition",
        "The key of another edition was installed, and the host denied it.",
        f"start: web01\ninstall_key: {{guest: web01, key: {_AVMA_2016_DATACENTER}}}",
        guests={"web01": guest("ws2016", key="none")},
        readings={"wrong_key": "deny-at-activation"},
    ),
)
_KEYS: Final = (
    world("licence-no-key", "A guest without a key is in its grace period.", "start: web01", guests=_NO_KEY),
    world(
        "licence-grace-over",
        "A guest without a key has used up its grace period.",
        "start: web01\nadvance: 10d",
        guests=_NO_KEY,
    ),
    world(
        "licence-no-published-key",
        "Nobody published an AVMA key for the guest's release.",
        "start: web01",
        hosts={"hv1": host("ws2022")},
        guests={"web01": guest("ws20h2", key="none")},
    ),
    world(
        "licence-key-refused",
        "The key of another release was refused, and no key is installed.",
        f"start: web01\ninstall_key: {{guest: web01, key: {_AVMA_2016}}}, expect: {{refused: C004F069}}",
        guests=_NO_KEY,
    ),
    world(
        "licence-key-refused-and-kept",
        "The key of another release was refused, and the licence is as it was.",
        f"start: web01\ninstall_key: {{guest: web01, key: {_AVMA_2016}}}, expect: {{refused: C004F069}}",
    ),
    world(
        "licence-key-removed",
        "The key was removed, and the licence with it.",
        "start: web01\nuninstall_key: web01",
    ),
    world(
        "licence-kms-client-key",
        "A KMS client key took the place of the AVMA key.",
        f"start: web01\ninstall_key: {{guest: web01, key: {_KMS_2019}}}",
    ),
    world(
        "licence-kms-client-key-only",
        "The guest has had a KMS client key from the first.",
        "start: web01",
        guests={"web01": guest(key=_KMS_2019)},
    ),
    *(
        world(
            f"licence-{named}-key",
            f"The guest has a key of the {named} channel, and AVMA has nothing to do with it.",
            "start: web01",
            guests={"web01": guest(key=_DECLARED)},
            other_keys={_DECLARED: kind},
        )
        for named, kind in (("retail", "retail"), ("oem", "oem"), ("mak", "volume"))
    ),
    world(
        "licence-upgraded-without-a-key",
        "An upgrade in place took the key and the licence.",
        "start: web01\nupgrade: {guest: web01, release: ws2019}",
        hosts=_TWO,
        guests={"web01": guest("ws2016")},
    ),
    world(
        "licence-upgraded-with-a-key",
        "An upgrade in place brought its key along.",
        "start: web01\nupgrade: {guest: web01, release: ws2019, key: avma}",
        guests={"web01": guest("ws2016")},
    ),
)
_KEPT: Final = (
    world(
        "licence-host-deactivated",
        "The host lost its activation a day ago, and the guest does not know it yet.",
        "start: web01\ndeactivate: hv1\nadvance: 1d",
    ),
    world(
        "licence-renewals-fail",
        "Every renewal has failed for a day, and the licence goes on.",
        "start: web01\ndeactivate: hv1\nadvance: 8d",
    ),
    world(
        "licence-last-minute",
        "The licence ends within a minute.",
        "start: web01\nstop: web01\nafter: 179d 23h 59m, deactivate: hv1\nstart: web01",
    ),
    world(
        "licence-expired",
        "The licence ended after renewals that failed.",
        "start: web01\ndeactivate: hv1\nadvance: 8d\npause: web01\nafter: 170d, resume: web01\nadvance: 3d",
    ),
    world(
        "licence-expired-while-off",
        "The licence ended while the guest was off and its host lost its activation.",
        "start: web01\nstop: web01\nafter: 200d, deactivate: hv1\nstart: web01",
    ),
    world(
        "licence-paused-past-its-end",
        "The guest was paused past the end of its licence, and its host is lost.",
        "start: web01\npause: web01\nafter: 181d, deactivate: hv1\nresume: web01",
    ),
    world(
        "licence-saved-past-its-end",
        "The guest was saved past the end of its licence, and renewed it when it went on.",
        "start: web01\nsave_state: web01\nafter: 200d, resume: web01",
    ),
    world(
        "licence-rearmed",
        "The licence was rearmed, which changes nothing before the next start.",
        "start: web01\nafter: 1d, rearm: web01",
    ),
    world(
        "licence-rearmed-and-restarted",
        "The licence was rearmed, and the host refuses a new one.",
        "start: web01\nrearm: web01\ndeactivate: hv1\nrestart: web01",
    ),
    world(
        "licence-by-an-earlier-host",
        "The guest moved, and its licence is still that of its first host.",
        "start: web01\nafter: 1h, migrate: {guest: web01, to: hv2, kind: live}",
        hosts=_TWO,
    ),
    world(
        "licence-moved-to-a-bad-host",
        "The guest moved to a host that activates nobody, asked, was refused, and keeps its licence.",
        "start: web01\nmigrate: {guest: web01, to: bad}\nafter: 1m, ato: web01",
        hosts=_BAD,
    ),
    world(
        "licence-lost-on-arrival",
        "The guest moved to a host that activates nobody, and lost its licence, which the sources allow.",
        "start: web01\nmigrate: {guest: web01, to: bad}\nadvance: 1m",
        hosts=_BAD,
        readings={"move_to_unqualified": "attempt-on-arrival"},
    ),
    world(
        "licence-host-rebuilt",
        "The host was set up anew and is not activated; the guest keeps what the old one gave.",
        "start: web01\nafter: 1d, rebuild_host: hv1\nadvance: 1d",
    ),
    world(
        "licence-host-crashed",
        "The host died and came back with its guest.",
        "start: web01\nafter: 3d, crash_host: hv1\nafter: 1h, start_host: hv1\nadvance: 1m",
    ),
    world(
        "licence-before-the-key",
        "A checkpoint from before the key was applied.",
        "start: web01\ncheckpoint: {guest: web01, name: bare}\ninstall_key: {guest: web01, key: avma}\n"
        "after: 1d, apply_checkpoint: {guest: web01, name: bare}\nresume: web01",
        guests=_NO_KEY,
    ),
    world(
        "licence-of-a-copy",
        "A copy of a licensed guest was refused a licence of its own.",
        "start: web02\ndeactivate: hv1\ncopy_guest: {guest: web02, name: web01}\nstart: web01",
        guests={"web02": guest()},
        machine="web01",
    ),
)
WORLDS: Final[tuple[World, ...]] = (*_GRANTED, *_REFUSED, *_KEYS, *_KEPT)
