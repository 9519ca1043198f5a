"""Owns pool files on disk: writing a guest's pools as the Linux daemon keeps them, and reading such files.

Must not know a lab, nor write anywhere but in the folder that it is told.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from avma_sim.errors import InputError, LocalWireError
from avma_sim.facts.kvp import kvp_facts
from avma_sim.facts.textfile import shown
from avma_sim.model.kvp import AUTO, POOL_NAMES, POOLS, KvpItem
from avma_sim.model.kvp_pools import Items
from avma_sim.wire.kvp_record import RECORD_BYTES, BadRecord, read_pool, write_pool

__all__ = ["export_pools", "file_name", "import_pools"]

_NAME: Final = re.compile(r"\.kvp_pool_([0-4])", re.ASCII)
_MODE: Final = 0o644  # as the daemon makes them
_SHOWN_MAX: Final = 10  # bad records of one file


def file_name(pool: int) -> str:
    """Return the name of a pool's file.

    Args:
        pool: number of the pool.
    """
    return f".kvp_pool_{pool}"


def export_pools(
    pools: Mapping[str, Items], folder: str | os.PathLike[str], *, linux: bool
) -> tuple[str, ...]:
    """Write pools as files; nothing is written where one of them cannot be.

    Args:
        pools: the items by name of their pool.
        folder: the folder, made if it is not there.
        linux: whether they are a Linux guest's, whose daemon keeps nothing in the file of Auto.

    Returns:
        Paths of the files.

    Raises:
        InputError: an item fits no record, or a file cannot be written.
    """
    found = {
        file_name(pool): _blob(pool, () if linux and pool == AUTO else pools[POOL_NAMES[pool]])
        for pool in POOLS
    }
    with _told(folder, "written"):
        where = Path(folder)
        blobs = {where / name: blob for name, blob in found.items()}
        where.mkdir(exist_ok=True)
        for path in blobs:
            if path.is_symlink() or (path.exists() and not path.is_file()):
                raise InputError(f"{shown(path)}: there is something else than a file; it is left as it is")
        _write(blobs)
    return tuple(map(str, blobs))


def import_pools(
    path: str | os.PathLike[str], pool: int | None, *, linux: bool, skip_bad: bool
) -> tuple[tuple[int, Items], ...]:
    """Read pool files.

    Args:
        path: a file, or a folder that has some.
        pool: the only pool that is meant; None for what the names of files say.
        linux: whether they are for a Linux guest, whose daemon never reads the file of Auto.
        skip_bad: whether records that are no item are left out.

    Returns:
        Number and items of each pool, in the order of pools.

    Raises:
        InputError: there is no such file, a record is no item, or it is not clear which pool is meant.
    """
    with _told(path, "read"):
        files = _files(Path(path), pool, linux=linux)
    return tuple((number, _items(file, skip_bad=skip_bad)) for number, file in files)


def _files(path: Path, pool: int | None, *, linux: bool) -> list[tuple[int, Path]]:
    """Return which pools are read from which files."""
    if not path.is_dir():
        named = _NAME.fullmatch(path.name)
        if pool is None and named is None:
            raise InputError(
                f"{shown(path)}: its name says no pool, as .kvp_pool_1 does; say which it is (--pool)"
            )
        return [(int(named[1]) if pool is None and named is not None else pool or 0, path)]
    wanted = POOLS if pool is None else (pool,)
    found = [(number, path / file_name(number)) for number in wanted]
    there = [(number, file) for number, file in found if file.is_symlink() or file.exists()]
    if not there:
        names = " or ".join(file_name(number) for number in wanted)
        raise InputError(f"{shown(path)}: no pool file here, such as {names}")
    for _, file in there:
        if file.is_symlink():
            raise InputError(
                f"{shown(file)}: a link; give the file itself, and say which pool it is (--pool)"
            )
    # Nobody wrote the file of Auto: the daemon computes these items, and an empty file says nothing.
    return [
        (number, file)
        for number, file in there
        if number != AUTO or pool == AUTO or (not linux and file.stat().st_size)
    ]


def _items(file: Path, *, skip_bad: bool) -> Items:
    records = [_with_a_key(index, record) for index, record in enumerate(read_pool(_read(file)))]
    bad = [record for record in records if isinstance(record, BadRecord)]
    if bad and not skip_bad:
        told = [
            f"record {record.index} (at byte {record.index * RECORD_BYTES}): {record.field}: {record.detail}"
            for record in bad[:_SHOWN_MAX]
        ]
        if len(bad) > _SHOWN_MAX:
            told.append(f"and {len(bad) - _SHOWN_MAX} more")
        said = f"{_bad_ones(len(bad), len(records))}; --skip-bad (skip_bad=True) takes the others"
        raise InputError("\n  ".join([f"{shown(file)}: {said}", *told]))
    return tuple(record for record in records if isinstance(record, KvpItem))


def _with_a_key(index: int, record: KvpItem | BadRecord) -> KvpItem | BadRecord:
    """Return a record, as a bad one where its key is empty: such items are nowhere in a lab."""
    if isinstance(record, KvpItem) and not record.key:
        return BadRecord(index, "key", "empty", "it is empty")
    return record


def _bad_ones(count: int, of: int) -> str:
    if count == 1:
        return f"1 of {of} record{'' if of == 1 else 's'} is no item"
    return f"{count} of {of} records are no item"


def _blob(pool: int, items: Items) -> bytes:
    try:
        return write_pool(items)
    except LocalWireError as error:
        raise InputError(f"the pool {POOL_NAMES[pool]} cannot be a file: {error}") from error


def _read(file: Path) -> bytes:
    most = kvp_facts().limits["items"] * RECORD_BYTES
    no_wait = getattr(os, "O_NONBLOCK", 0)  # a FIFO must not hold us; Windows has neither
    with (
        _told(file, "read"),
        open(file, "rb", opener=lambda name, flags: os.open(name, flags | no_wait)) as stream,
    ):
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise InputError(f"{shown(file)}: not a regular file; give the path of one")
        blob = stream.read(most + 1)
    if len(blob) > most:
        raise InputError(f"{shown(file)}: larger than {most} bytes; no pool holds so many items here")
    return blob


def _write(blobs: Mapping[Path, bytes]) -> None:
    # New files take the old ones' places once all are there: a full disk leaves the old ones, and whatever
    # else has such a file under another name keeps it.
    made: list[tuple[str, Path]] = []
    try:
        for path, blob in blobs.items():
            handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
            made.append((name, path))
            with os.fdopen(handle, "wb") as stream:
                stream.write(blob)
            Path(name).chmod(_MODE)
        for name, path in made:
            Path(name).replace(path)
    except OSError:
        for name, _ in made:
            Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _told(path: str | os.PathLike[str], what: str) -> Iterator[None]:
    """Turn what a file system refuses into an error that names the file."""
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"a path is text or a Path, not {path!r}")
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        named = getattr(error, "filename", None) or path
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{shown(os.fspath(named))}: cannot be {what}: {why}; check the path") from error
