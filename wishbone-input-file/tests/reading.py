from __future__ import annotations

from wishbone_input_file import File
from wishbone_testing import Harness, wait_until


def read(path, **arguments):
    """Read to the end, and return the harness when the module has finished."""
    with Harness(File, {"path": str(path) if not isinstance(path, list) else path, **arguments}) as file:
        assert file.finished.wait(10)
        file.wait_until_idle()
    return file


def texts(harness, queue="outbox"):
    return [event.data for event in harness.received(queue)]


def follow(path, **arguments):
    return Harness(File, {"path": str(path), "follow": True, "poll": 0.01, **arguments})


def append(path, text):
    with path.open("ab") as file:
        file.write(text.encode())


def wait_a_round(file):
    """Wait until a whole round of looking and reading has begun and ended from now on."""
    look, looks = file.module._reader.poll, []
    file.module._reader.poll = lambda: looks.append(None) or look()
    wait_until(lambda: len(looks) >= 2)
    file.module._reader.poll = look
    file.wait_until_idle()


def settle_with(harness, errors, before=lambda data: None):
    """Let the consumer of the outbox call `before`, and fail on a line as often as `errors` says."""
    seen = []

    def consume(event):
        seen.append(event.data)
        before(event.data)
        if errors.get(event.data, 0):
            errors[event.data] -= 1
            raise ValueError("not now")

    for consumer in harness.module.pool.queue.outbox.consumers:
        consumer.function = consume
    return seen
