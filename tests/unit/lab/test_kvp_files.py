"""Pool files: what a guest's pools are as files of a Linux guest, and what such files become."""

from __future__ import annotations

import os
import re
import stat

import pytest

from avma_sim import InputError
from avma_sim.lab.kvp_files import export_pools, file_name, import_pools
from avma_sim.model import commands as cmd
from avma_sim.model.kvp import KvpItem
from avma_sim.wire.kvp_record import RECORD_BYTES, write_pool

NAMES = [f".kvp_pool_{pool}" for pool in range(5)]


def items_in(path):
    return len(path.read_bytes()) // RECORD_BYTES


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def guest(running):
    """A guest with an item in each pool that it writes."""
    guest = running.guest("web01")
    guest.write_kvp({"Role": "web", "Empty": "", "Ümlaut": "ß"})
    guest.push_kvp({"a": "b"})
    return guest


def test_pools_are_five_files_of_whole_records(guest, tmp_path):
    folder = tmp_path / "kvp"
    paths = guest.export_kvp(folder)
    assert list(paths) == [str(folder / name) for name in NAMES]
    assert names_in(folder) == NAMES
    raw = guest.kvp.raw
    assert [(folder / name).read_bytes() for name in NAMES] == [write_pool(items) for items in raw.values()]
    assert [items_in(folder / name) for name in NAMES] == [1, 7, 19, 16, 0]
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in NAMES} == {0o644}


def test_files_that_are_there_are_replaced_and_other_names_of_them_are_not(guest, tmp_path):
    (tmp_path / NAMES[0]).write_bytes(b"old")
    (tmp_path / "kept").hardlink_to(tmp_path / NAMES[0])
    guest.export_kvp(str(tmp_path))
    assert items_in(tmp_path / NAMES[0]) == 1
    assert (tmp_path / "kept").read_bytes() == b"old"
    assert names_in(tmp_path) == [*NAMES, "kept"]


@pytest.mark.parametrize("make", ["link", "folder"])
def test_what_is_no_file_is_left_as_it_is_and_nothing_is_written(guest, tmp_path, make):
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    folder = tmp_path / "kvp"
    folder.mkdir()
    if make == "link":
        (folder / NAMES[3]).symlink_to(outside)
    else:
        (folder / NAMES[3]).mkdir()
    with pytest.raises(InputError, match=r"\.kvp_pool_3: there is something else than a file; it is left"):
        guest.export_kvp(folder)
    assert names_in(folder) == [NAMES[3]]
    assert outside.read_bytes() == b"mine"


def test_an_item_that_fits_no_record_is_named_and_nothing_is_written(guest, tmp_path):
    guest.write_kvp({"Long": "x" * 2048})
    with pytest.raises(InputError, match="the pool guest cannot be a file: no record holds"):
        guest.export_kvp(tmp_path / "kvp")
    assert not (tmp_path / "kvp").exists()


def test_a_disk_that_becomes_full_leaves_all_files_as_they_were(guest, tmp_path, monkeypatch):
    for name in NAMES:
        (tmp_path / name).write_bytes(b"old")

    def chmod(path, mode):
        if path.name.startswith(NAMES[3]):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.chmod", chmod)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        guest.export_kvp(tmp_path)
    assert names_in(tmp_path) == NAMES
    assert {(tmp_path / name).read_bytes() for name in NAMES} == {b"old"}


@pytest.mark.parametrize("path", ["no/such", "nul\0"])
def test_a_folder_that_cannot_be_made_is_told(guest, tmp_path, path):
    with pytest.raises(InputError, match=r"cannot be written: .*; check the path"):
        guest.export_kvp(tmp_path / path)


def test_what_was_exported_is_what_is_imported(guest, tmp_path):
    before = guest.kvp
    guest.export_kvp(tmp_path)
    guest.write_kvp({"Other": "x"})
    outcomes = guest.import_kvp(tmp_path)
    commands = [entry.what for entry in guest.lab.entries() if isinstance(entry.what, cmd.WriteKvp)][-5:]
    assert [outcome.refused for outcome in outcomes] == [None] * 5
    assert [(each.pool, each.replace) for each in commands] == [(pool, True) for pool in range(5)]
    assert guest.kvp == before


def test_one_pool_is_read_from_a_folder_or_a_file_of_any_name(guest, tmp_path):
    (tmp_path / NAMES[0]).write_bytes(write_pool([KvpItem("x", "0")]))
    (tmp_path / NAMES[1]).write_bytes(write_pool([KvpItem("x", "1")]))
    (tmp_path / "mine").write_bytes(write_pool([KvpItem("x", "2")]))
    assert len(guest.import_kvp(tmp_path, pool="guest")) == 1
    assert (guest.kvp["guest"], guest.kvp["external"]) == ({"x": "1"}, {"a": "b"})
    assert len(guest.import_kvp(tmp_path / NAMES[0])) == 1
    assert guest.kvp["external"] == {"x": "0"}
    guest.import_kvp(tmp_path / NAMES[0], pool=1)
    assert guest.kvp["guest"] == {"x": "0"}
    guest.import_kvp(tmp_path / "mine", pool="auto-internal")
    assert guest.kvp["auto-internal"] == {"x": "2"}


def test_the_file_of_auto_is_read_where_somebody_wrote_it(tmp_path):
    item = KvpItem("OSName", "x")
    (tmp_path / NAMES[2]).write_bytes(b"")
    (tmp_path / NAMES[1]).write_bytes(b"")

    def pools(*, linux, pool=None):
        return import_pools(tmp_path, pool, linux=linux, skip_bad=False)

    assert pools(linux=False) == pools(linux=True) == ((1, ()),)
    assert pools(linux=True, pool=2) == ((2, ()),)
    (tmp_path / NAMES[2]).write_bytes(write_pool([item]))
    assert pools(linux=False) == ((1, ()), (2, (item,)))
    assert pools(linux=True) == ((1, ()),)


def test_a_linux_guests_daemon_keeps_nothing_in_the_file_of_auto(guest, tmp_path):
    export_pools(guest.kvp.raw, tmp_path / "linux", linux=True)
    export_pools(guest.kvp.raw, tmp_path / "windows", linux=False)
    found = [[items_in(tmp_path / system / name) for name in NAMES] for system in ("linux", "windows")]
    assert found == [[1, 7, 0, 16, 0], [1, 7, 19, 16, 0]]


BAD = b"".join(
    [
        write_pool([KvpItem("a", "1")]),
        b"\xff" * RECORD_BYTES,
        write_pool([KvpItem("b", "2")]),
        b"\0" * RECORD_BYTES,
        b"cut",
    ]
)


def test_records_that_are_no_items_are_all_named(guest, tmp_path):
    (tmp_path / NAMES[1]).write_bytes(BAD)
    before = guest.lab.state.n
    with pytest.raises(InputError) as told:
        guest.import_kvp(tmp_path)
    first, *rest = str(told.value).splitlines()
    assert (
        first
        == f"{tmp_path / NAMES[1]}: 3 of 5 records are no item; --skip-bad (skip_bad=True) takes the others"
    )
    assert rest == [
        "  record 1 (at byte 2560): key: no NUL in 512 bytes",
        "  record 3 (at byte 7680): key: it is empty",
        "  record 4 (at byte 10240): record: 3 bytes of 2560",
    ]
    assert guest.lab.state.n == before
    guest.import_kvp(tmp_path, skip_bad=True)
    assert guest.kvp["guest"] == {"a": "1", "b": "2"}


def test_of_very_many_bad_records_only_some_are_told(guest, tmp_path):
    (tmp_path / NAMES[1]).write_bytes(b"\xff" * RECORD_BYTES * 13)
    with pytest.raises(InputError) as told:
        guest.import_kvp(tmp_path)
    assert str(told.value).splitlines()[-1] == "  and 3 more"
    assert len(str(told.value).splitlines()) == 12


def test_what_is_no_pool_file_is_told(guest, tmp_path):
    (tmp_path / "mine").write_bytes(b"")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / NAMES[0]).symlink_to(tmp_path / "mine")
    with (tmp_path / NAMES[4]).open("wb") as stream:
        stream.truncate(10_000 * RECORD_BYTES + 1)
    for path, pool, said in (
        ("mine", None, "mine: its name says no pool, as .kvp_pool_1 does; say which it is (--pool)"),
        ("fifo", 1, "fifo: not a regular file; give the path of one"),
        ("gone", 1, "gone: cannot be read: No such file or directory; check the path"),
        ("nul\0", 1, "cannot be read"),
        ("linked", None, f"{NAMES[0]}: a link; give the file itself, and say which pool it is (--pool)"),
        (".", 0, f"no pool file here, such as {NAMES[0]}"),
        (NAMES[4], None, "larger than 25600000 bytes; no pool holds so many items here"),
    ):
        with pytest.raises(InputError) as told:
            guest.import_kvp(tmp_path / path, pool=pool)
        assert said in str(told.value)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (KvpItem("", "no key"), "record 0 (at byte 0): key: it is empty"),
        (KvpItem("k" * 300, ""), "at most 255"),
    ],
)
def test_all_pools_are_written_or_none(guest, tmp_path, item, said):
    (tmp_path / NAMES[0]).write_bytes(write_pool([KvpItem("first", "1")]))
    (tmp_path / NAMES[1]).write_bytes(write_pool([item]))
    before = guest.lab.state.n
    with pytest.raises(InputError, match=re.escape(said)):
        guest.import_kvp(tmp_path)
    assert guest.lab.state.n == before


def test_records_without_a_key_are_skipped(guest, tmp_path):
    (tmp_path / NAMES[1]).write_bytes(write_pool([KvpItem("", "no key"), KvpItem("a", "1")]))
    guest.import_kvp(tmp_path, skip_bad=True)
    assert guest.kvp["guest"] == {"a": "1"}


@pytest.mark.parametrize("path", [None, 0, 1.5, b"kvp", []])
def test_what_is_no_path_is_told(guest, path):
    for verb in (guest.export_kvp, guest.import_kvp):
        with pytest.raises(InputError, match="a path is text or a Path, not"):
            verb(path)


def test_a_guest_that_is_off_refuses_each(guest, tmp_path):
    guest.export_kvp(tmp_path)
    guest.stop()
    assert {outcome.refused.reason for outcome in guest.import_kvp(tmp_path)} == {"off"}


def test_a_pools_file_is_called_by_its_number():
    assert list(map(file_name, range(5))) == NAMES
