"""The limit of what is asked of the Bluetooth system."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from emgstudio.devices.links.ble_loop import within


def test_who_is_cancelled_just_when_it_fails_leaves_no_fault_in_the_log() -> None:
    said: list[dict[str, Any]] = []

    async def both_at_once() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, what: said.append(what))
        answer, asked = loop.create_future(), asyncio.Event()

        async def ask() -> None:
            asked.set()
            await answer

        asking = asyncio.create_task(within(60.0, ask()))
        await asked.wait()
        answer.set_exception(OSError("no adapter"))
        # The question ends in this turn, and who asked would hear of it in the next.
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        del asking
        gc.collect()

    asyncio.run(both_at_once())
    assert said == []


def test_what_takes_too_long_is_ended_before_it_is_told() -> None:
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("cleared up")

    with pytest.raises(TimeoutError):
        asyncio.run(within(0.0, endless()))
    assert ended == ["cleared up"]
