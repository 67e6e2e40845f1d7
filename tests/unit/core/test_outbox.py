import threading

from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Level, Notice


def test_values_come_out_once_and_in_order() -> None:
    outbox = Outbox()
    outbox.post("a")
    outbox.notice(Level.ERROR, "Disk full.", "Free some space.", "recorder")
    assert outbox.drain() == [
        "a",
        Notice(Level.ERROR, "Disk full.", "Free some space.", "recorder"),
    ]
    assert outbox.drain() == []


def test_when_full_the_oldest_go_first_but_notices_stay() -> None:
    outbox = Outbox(capacity=4)
    outbox.notice(Level.ERROR, "important")
    for number in range(10):
        outbox.post(number)
    left = outbox.drain()
    assert left == [Notice(Level.ERROR, "important"), 7, 8, 9]
    assert outbox.dropped == 7


def test_even_notices_cannot_fill_the_memory() -> None:
    outbox = Outbox(capacity=3)
    for number in range(5):
        outbox.notice(Level.INFO, str(number))
    assert [notice.text for notice in outbox.drain()] == ["2", "3", "4"]


def test_nothing_is_lost_between_threads() -> None:
    outbox = Outbox(capacity=100_000)
    threads = [
        threading.Thread(target=lambda n=n: [outbox.post((n, i)) for i in range(2000)])
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    got: list[tuple[int, int]] = []
    while any(thread.is_alive() for thread in threads):
        got += outbox.drain()
    got += outbox.drain()
    for n in range(3):
        assert [i for who, i in got if who == n] == list(range(2000))
