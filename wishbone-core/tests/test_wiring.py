from __future__ import annotations

import pytest

from wishbone import Actor, ActorConfig, Event
from wishbone.error import QueueConnected, QueueMissing, ReservedName


class Pass(Actor):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(lambda event: self.submit(event, "outbox"), "inbox")


class Out(Pass, dynamic_outputs=True):
    pass


class In(Pass, dynamic_inputs=True):
    pass


def a(module, name="a"):
    return module(ActorConfig(name))


def test_connecting_makes_two_queues_one_and_the_source_replaces_the_destination():
    one, two = a(Pass, "one"), a(Pass, "two")
    source = one.pool.queue.outbox
    one.connect("outbox", two, "inbox")
    assert two.pool.queue.inbox is one.pool.queue.outbox is source
    assert source.connected
    assert (str(source.source), str(source.destination)) == ("one.outbox", "two.inbox")
    assert repr(source) == "<Queue one.outbox -> two.inbox, 0 of 100>"
    assert [consumer.process.actor for consumer in source.consumers] == [two]


def test_events_in_both_queues_are_kept():
    one, two = a(Pass, "one"), a(Pass, "two")
    one.logging.info("said early")
    two.pool.queue.inbox.put(Event("put early"))
    one.connect("logs", two, "inbox")
    inbox = two.pool.queue.inbox
    assert inbox.size() == 2
    assert inbox.get().data.message == "said early"
    assert inbox.get().data == "put early"


def test_children_are_the_destinations_of_queues():
    one, two = a(Pass, "one"), a(Pass, "two")
    assert one.getChildren() == []
    one.connect("outbox", two, "inbox")
    assert one.getChildren() == ["two.inbox"]
    assert one.getChildren("outbox") == "two.inbox"
    assert one.getChildren("inbox") is two.getChildren("inbox") is None
    assert two.getChildren() == []
    with pytest.raises(QueueMissing, match="Did you mean 'outbox'"):
        one.getChildren("outbx")


def test_a_module_may_be_connected_to_itself():
    one = a(Pass, "one")
    one.connect("outbox", one, "inbox")
    assert one.getChildren() == ["one.inbox"]


def test_a_queue_has_one_destination_and_the_error_names_fanout():
    one, two, three = a(Pass, "one"), a(Pass, "two"), a(Pass, "three")
    one.connect("outbox", two, "inbox")
    expected = r"'one\.outbox' is connected already \('one\.outbox' -> 'two\.inbox'\).*wishbone\.flow\.fanout"
    with pytest.raises(QueueConnected, match=expected):
        one.connect("outbox", three, "inbox")
    assert one.getChildren() == ["two.inbox"]
    assert three.pool.queue.inbox.source is None


def test_a_queue_has_one_source_and_the_error_names_funnel():
    one, two, three = a(Pass, "one"), a(Pass, "two"), a(Pass, "three")
    one.connect("outbox", three, "inbox")
    expected = (
        r"'three\.inbox' is connected already \('one\.outbox' -> 'three\.inbox'\).*wishbone\.flow\.funnel"
    )
    with pytest.raises(QueueConnected, match=expected):
        two.connect("outbox", three, "inbox")
    assert not two.pool.queue.outbox.connected
    two.connect("outbox", a(Pass, "four"), "inbox")


@pytest.mark.parametrize(
    ("source", "destination", "expected"),
    [
        ("outbx", "inbox", r"The module 'one' has no queue 'outbx'\. Did you mean 'outbox'\?"),
        ("outbox", "inbx", r"The module 'two' has no queue 'inbx'\. Did you mean 'inbox'\?"),
        ("inbox", "inbox", r"No route can begin in 'one\.inbox': the module consumes that queue itself\."),
        ("outbox", "failed", r"No route can end in 'two\.failed': events only leave by that queue\..*inbox"),
        ("outbox", "logs", r"No route can end in 'two\.logs'"),
    ],
)
def test_an_invalid_route_is_an_error_and_changes_nothing(source, destination, expected):
    one, two = a(Pass, "one"), a(Pass, "two")
    with pytest.raises(QueueMissing, match=expected):
        one.connect(source, two, destination)
    assert one.getChildren() == []
    assert not one.pool.queue.outbox.connected


def test_a_module_with_dynamic_outputs_gets_the_queue_that_a_route_names():
    out, to = a(Out, "out"), a(Pass, "to")
    out.connect("new", to, "inbox")
    assert out.getChildren("new") == "to.inbox"
    with pytest.raises(QueueMissing):
        a(Pass).connect("outbox", out, "another")


def test_a_module_with_dynamic_inputs_gets_the_queue_that_a_route_names():
    start, into = a(Pass, "start"), a(In, "into")
    start.connect("outbox", into, "new")
    assert into.pool.hasQueue("new")
    with pytest.raises(QueueMissing):
        into.connect("another", a(Pass), "inbox")


def test_a_queue_of_any_name_must_be_one_that_a_route_can_name():
    with pytest.raises(ReservedName, match="A queue cannot be called"):
        a(Out).connect("x y", a(Pass), "inbox")


def test_a_running_module_gets_no_more_routes():
    one, two = a(Pass, "one"), a(Pass, "two")
    two.start()
    with pytest.raises(QueueConnected, match="'two' runs already: connect its queues before it starts"):
        one.connect("outbox", two, "inbox")
    two.stop()


def test_an_invalid_route_leaves_no_queue_behind():
    one, two, three = a(Out, "one"), a(Pass, "two"), a(Pass, "three")
    doors = len(one.pool.by_key)
    three.connect("outbox", two, "inbox")
    for queue, error in (("inbx", QueueMissing), ("inbox", QueueConnected)):
        with pytest.raises(error):
            one.connect("made", two, queue)
        assert not one.pool.hasQueue("made")
        assert len(one.pool.by_key) == doors
    with pytest.raises(QueueMissing):
        one.connect("outbox", two, "inbx")
    assert one.pool.hasQueue("outbox")


def test_a_queue_cannot_be_connected_to_itself():
    one = a(Pass, "one")
    with pytest.raises(QueueConnected, match=r"'one\.outbox' cannot be connected to itself"):
        one.connect("outbox", one, "outbox")
