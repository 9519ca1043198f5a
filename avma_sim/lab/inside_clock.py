"""Owns the clocks that Python code reads on a lab's machine: `time` and `datetime`, in UTC.

Must not wait: a sleep moves the lab's clock.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Callable
from typing import Any

from avma_sim.lab.inside import Inside, Substitute, either
from avma_sim.model.duration import utc

__all__ = ["clock_substitutes"]


def clock_substitutes(inside: Inside) -> list[Substitute]:
    """Return what stands in for the clocks of `time` and `datetime`.

    Args:
        inside: the machine.

    Returns:
        The substitutes.
    """
    functions = {**_readings(inside), **_calendar(inside), "sleep": _sleep(inside)}
    substitutes = [
        Substitute(time, name, either(inside, getattr(time, name), ours)) for name, ours in functions.items()
    ]
    moment, day = _datetime(inside), _date(inside)
    return [*substitutes, Substitute(dt, "datetime", moment), Substitute(dt, "date", day)]


def _readings(inside: Inside) -> dict[str, Callable[..., Any]]:
    def since_epoch() -> int:
        return inside.now_us * 1_000

    def since_start() -> int:
        return (inside.now_us - inside.seat.state.settings.start_us) * 1_000

    # Divided once: the float nearest to the exact value, as the real ones give it.
    return {
        "time": lambda: since_epoch() / 1_000_000_000,
        "time_ns": since_epoch,
        "monotonic": lambda: since_start() / 1_000_000_000,
        "monotonic_ns": since_start,
        "perf_counter": lambda: since_start() / 1_000_000_000,
        "perf_counter_ns": since_start,
    }


def _calendar(inside: Inside) -> dict[str, Callable[..., Any]]:
    """Return the functions of `time` that read the clock where they are given no time."""
    gmtime, asctime, strftime = time.gmtime, time.asctime, time.strftime

    def broken_down(seconds: float | None = None) -> time.struct_time:
        return gmtime(inside.now_us // 1_000_000 if seconds is None else seconds)

    return {
        "gmtime": broken_down,
        "localtime": broken_down,  # a lab's machines are in UTC
        "ctime": lambda seconds=None: asctime(broken_down(seconds)),
        "asctime": lambda parts=None: asctime(broken_down() if parts is None else parts),
        "strftime": lambda form, parts=None: strftime(form, broken_down() if parts is None else parts),
    }


def _sleep(inside: Inside) -> Callable[[float], None]:
    def sleep(seconds: float, /) -> None:
        """Move the lab's clock, and return at once."""
        if not isinstance(seconds, int | float) and not hasattr(seconds, "__float__"):
            raise TypeError(f"{type(seconds).__name__!r} object cannot be interpreted as an integer")
        span = float(seconds)
        if math.isnan(span):
            raise ValueError("Invalid value NaN (not a number)")
        if span < 0:
            raise ValueError("sleep length must be non-negative")
        if math.isinf(span):
            raise OverflowError("timestamp too large to convert to C PyTime_t")
        inside.sleep(math.ceil(span * 1_000_000))

    return sleep


def _standing_in(real: type, name: str, methods: dict[str, Any]) -> type:
    """Return a class that passes for a real one: what it makes is real, and what is real is its instance."""

    class Like(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, real)

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, real)

        def __eq__(cls, other: object) -> bool:
            return other is cls or other is real

        def __hash__(cls) -> int:
            return hash(real)

    def new(cls: type[Any], *args: Any, **named: Any) -> Any:
        return real.__new__(real if cls is like else cls, *args, **named)

    like = Like(
        name, (real,), {"__new__": new, "__module__": real.__module__, "__doc__": real.__doc__, **methods}
    )
    return like


def _datetime(inside: Inside) -> type:
    real = dt.datetime

    def now(cls: type[dt.datetime], tz: dt.tzinfo | None = None) -> dt.datetime:
        if not inside.active:
            return real.now(tz)  # the lab is left: this is the real one again
        moment = utc(inside.now_us)
        return moment.replace(tzinfo=None) if tz is None else moment.astimezone(tz)

    def naive(cls: type[dt.datetime]) -> dt.datetime:
        return now(cls)

    def fromtimestamp(cls: type[dt.datetime], timestamp: float, tz: dt.tzinfo | None = None) -> dt.datetime:
        if not inside.active or tz is not None:
            return real.fromtimestamp(timestamp, tz)
        return real.fromtimestamp(timestamp, dt.UTC).replace(tzinfo=None)

    methods: dict[str, Any] = {"now": now, "today": naive, "utcnow": naive, "fromtimestamp": fromtimestamp}
    return _standing_in(real, "datetime", {name: classmethod(ours) for name, ours in methods.items()})


def _date(inside: Inside) -> type:
    real = dt.date

    def today(cls: type[dt.date]) -> dt.date:
        if not inside.active:
            return real.today()  # as above
        return utc(inside.now_us).date()

    return _standing_in(real, "date", {"today": classmethod(today)})
