"""Owns worlds whose key-value pairs are wrong: what is published, who may change it, what the host sees.

Must not know the activation exchange.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from avma_sim.model import commands as cmd
from avma_sim.model.codes import OK
from avma_sim.model.events import CommandRefused, GuestMigrated, KvpRefreshDue, KvpWritten, LicenceGranted
from avma_sim.model.kvp import GUEST, KvpItem
from avma_sim.model.kvp_pools import NOTHING_KEPT
from avma_sim.model.log import GUEST_EVENT, LogRow
from avma_sim.model.verdict import SUCCESS, Because
from avma_sim.rules.keys import own_key
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.wrong.making import ENDS, ENGINE, RULES, About, at_command, at_end, at_event, at_rule, worlds_in

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["WORLDS"]


# --- the licence's items ----


@at_rule(
    "left_behind",
    About(
        "forgets KVP after key replacement", "C15", "licence in KVP", "kvp-key-replaced-tool-removes", ENGINE
    ),
)
def _forgets_after_replacement(items: Any, readings: Any, *, replaced: bool) -> Any:
    return () if replaced else RULES.left_behind(items, readings, replaced=replaced)


@at_rule(
    "left_behind",
    About("forgets KVP when the key is uninstalled", "C15", "licence in KVP", "kvp-key-uninstalled-orphans"),
)
def _forgets_after_removal(items: Any, readings: Any, *, replaced: bool) -> Any:
    return RULES.left_behind(items, readings, replaced=True) if replaced else ()


@at_rule(
    "licence_items",
    About("publishes a licence without a key", "C15", "licence in KVP", "kvp-key-uninstalled-orphans"),
)
def _published_without_a_key(facts: Any, guest: Any, licence: Any, key: str) -> Any:
    own = own_key(facts, guest.release, guest.edition)
    return RULES.licence_items(facts, guest, licence, own.text if own else key)


@at_rule(
    "licence_items",
    About("publishes that it is licensed, whatever it is", "C12", "licence in KVP", "kvp-anybody-writes"),
)
def _always_published_as_licensed(facts: Any, guest: Any, licence: Any, key: str) -> Any:
    return RULES.licence_items(facts, guest, attrs.evolve(licence, status=1), key)


@at_rule(
    "licence_items",
    About("tells its host nothing of its licence", "C12", "licence in KVP", "kvp-key-uninstalled-orphans"),
)
def _licence_unpublished(*_: Any) -> Any:
    return ()


@at_rule(
    "licence_items",
    About("publishes its whole product key", "C20", "licence in KVP", "kvp-tenants"),
)
def _whole_key_published(facts: Any, guest: Any, licence: Any, key: str) -> Any:
    items = RULES.licence_items(facts, guest, licence, key)
    return tuple(attrs.evolve(item, value=key) if key and item.value == key[-5:] else item for item in items)


# --- what guest and host say of themselves ----


@at_rule(
    "intrinsic_items", About("publishes its short name as its full one", "C13", "KVP", "kvp-windows-items")
)
def _short_name(facts: Any, guest: Any, fqdn: str, *addresses: Any) -> Any:
    return RULES.intrinsic_items(facts, guest, fqdn.partition(".")[0], *addresses)


@at_rule("intrinsic_items", About("publishes no IPv6 address", "C13", "KVP", "kvp-windows-items"))
def _no_ipv6(facts: Any, guest: Any, fqdn: str, ipv4: Any, _: Any) -> Any:
    return RULES.intrinsic_items(facts, guest, fqdn, ipv4, ())


@at_rule(
    "intrinsic_items",
    About("publishes RDP addresses though Remote Desktop is off", "C13", "KVP", "kvp-rdp-addresses"),
)
def _remote_desktop_always(facts: Any, guest: Any, *asked: Any) -> Any:
    return RULES.intrinsic_items(facts, attrs.evolve(guest, rdp=True), *asked)


@at_rule(
    "intrinsic_items",
    About("publishes every installation as Core", "C13", "KVP", "kvp-windows-items", ENGINE),
)
def _core_always(facts: Any, guest: Any, *asked: Any) -> Any:
    core = guest if guest.is_linux else attrs.evolve(guest, core=not guest.core)
    return RULES.intrinsic_items(facts, core, *asked)


@at_rule("pushed_items", About("does not tell a guest its host's name", "C12", "KVP", "kvp-host-items"))
def _host_unnamed(*asked: Any) -> Any:
    return tuple(item for item in RULES.pushed_items(*asked) if "Host" not in item.key)


@at_rule("pushed_items", About("tells a copy that it is somebody else", "C12", "KVP, copy", "kvp-copy"))
def _another_machine(facts: Any, host: Any, guest: Any, fqdn: str) -> Any:
    return RULES.pushed_items(facts, host, attrs.evolve(guest, name=f"{guest.name}-2"), fqdn)


# --- who may change them, and what that decides ----


@at_command(cmd.WriteKvp, About("guards its pairs against changes", "C14", "KVP", "kvp-anybody-writes"))
def _pairs_are_guarded(world: World, command: cmd.WriteKvp, by: int) -> None:
    world.refuse(CommandRefused("computed", f"nobody writes into pool {command.pool}"), by)


def _granted(world: World, name: str, by: int) -> None:
    state = world.state
    licence = RULES.granted(
        state.licences[name], world.timing, world.timing.validity_us, "", state.now_us, state.n
    )
    number = state.records.get(name, 0) + 1
    because = Because("licence data in KVP")
    row = LogRow(number, state.now_us, GUEST_EVENT, SUCCESS, OK, state.guests[name].host, b"", because)
    world.emit(LicenceGranted(name, 0, licence, row), by)


@at_command(
    cmd.WriteKvp,
    About("believes what pairs say of a licence", "C07 C14", "KVP, decision 11", "kvp-anybody-writes"),
)
def _pairs_are_believed(world: World, command: cmd.WriteKvp, by: int) -> None:
    DOCUMENTED.commands[cmd.WriteKvp](world, command, by)
    claims = KvpItem("AvmaSimLicenseStatus", "1") in command.items
    guest = world.state.guests[command.guest]
    if claims and guest.running and guest.key in world.facts.keys and guest.name not in world.state.attempts:
        _granted(world, guest.name, by)


@at_command(
    cmd.RemoveKvp,
    About("lets a host delete what a guest wrote", "C19", "licence in KVP", "kvp-key-replaced-tool-removes"),
)
def _host_reaches_into_guests(world: World, command: cmd.RemoveKvp, by: int) -> None:
    kept = world.state.pools.get(command.guest, NOTHING_KEPT).host_items
    if set(command.keys) <= {item.key for item in kept}:
        DOCUMENTED.commands[cmd.RemoveKvp](world, command, by)
    else:
        delete = cmd.DeleteKvp(command.guest, GUEST, command.keys)
        DOCUMENTED.commands[cmd.DeleteKvp](world, delete, by)


# --- how they reach the host ----


@at_command(
    cmd.PushKvp,
    About("forgets what a host pushes to a guest that is off", "C12", "KVP", "kvp-push-while-off"),
)
def _push_to_who_runs(world: World, command: cmd.PushKvp, by: int) -> None:
    if world.state.guests[command.guest].running:
        DOCUMENTED.commands[cmd.PushKvp](world, command, by)


@at_event(
    GuestMigrated,
    about=About("loses its pairs when it is migrated", "C12", "live migration, KVP", "kvp-travels-live"),
)
def _pairs_stay_behind(world: World, event: GuestMigrated, by: int) -> int:
    by = world.emit(event, by)
    kept = event.guest in world.state.pools
    return world.emit(KvpWritten(event.guest, NOTHING_KEPT, ()), by) if kept else by


@at_event(
    KvpRefreshDue,
    about=About("reads its guests less often than it is told to", "C12", "KVP", "kvp-refresh-interval"),
)
def _refresh_late(world: World, event: KvpRefreshDue, by: int) -> int:
    host = world.state.hosts[event.host]
    at_us, entry = event.next
    return world.emit(attrs.evolve(event, next=(at_us + 3 * host.kvp_refresh_us, entry)), by)


@at_end(
    "kvp_talk_through",
    About("reads each pool without its last item", "C12", "KVP", "kvp-guest-writes"),
)
def _last_item_unread(*asked: Any) -> Any:
    heard, pools, digest = ENDS.kvp_talk_through(*asked)
    read = tuple((pool, items[:-1]) for pool, items in heard.pools)
    return attrs.evolve(heard, pools=read), pools, digest


WORLDS: Final = worlds_in(globals())
