"""A pipeline in Python: count down, shout, print. Run it with `python examples/pipeline.py`."""

from wishbone import ActorConfig, Event
from wishbone.module import FunctionModule
from wishbone.router import Default


class Shout(FunctionModule):
    """Turns text into upper case."""

    def __init__(self, config: ActorConfig, mark: str = "!") -> None:
        super().__init__(config)
        self.mark = mark
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        event.data = event.data.upper() + self.mark
        self.submit(event, "outbox")


def main() -> None:
    router = Default()
    router.registerModule(
        "wishbone.input.generator", "input", {"payload": "hello", "interval": 0.1, "count": 3}
    )
    router.registerModule(Shout, "shout", {"mark": "?"})
    router.registerModule("wishbone.output.stdout", "stdout")
    router.connectQueue("input.outbox", "shout.inbox")
    router.connectQueue("shout.outbox", "stdout.inbox")
    router.start()
    router.block()


if __name__ == "__main__":
    main()
