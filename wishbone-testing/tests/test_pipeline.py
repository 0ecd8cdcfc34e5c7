"""A bootstrap file runs with its inputs and outputs under the test's control."""

from __future__ import annotations

import gevent
import pytest

from wishbone.error import NoSuchModule, QueueMissing
from wishbone.event import Event
from wishbone.module import FunctionModule
from wishbone_cli.bootstrap import BootstrapError
from wishbone_testing import InjectedError, Pipeline

BOOTSTRAP = """
modules:
  words:
    module: wishbone.input.generator
    arguments: {payload: "${WORD:-hello}", interval: 60, count: 3}
  figures:
    module: wishbone.input.nowhere
    arguments: {only: checked by who has it}
  funnel:
    module: wishbone.flow.funnel
  fanout:
    module: wishbone.flow.fanout
  one:
    module: wishbone.output.nowhere
  two:
    module: wishbone.output.nowhere
  dead:
    module: wishbone.output.nowhere
routingtable:
  - words.outbox -> funnel.words
  - figures.outbox -> funnel.figures
  - funnel.outbox -> fanout.inbox
  - fanout.one -> one.inbox
  - fanout.two -> two.inbox
  - one.failed -> dead.letters
"""


@pytest.fixture
def bootstrap(tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text(BOOTSTRAP)
    return path


def data(events):
    return [event.data for event in events]


def test_only_inputs_and_outputs_are_replaced(pipeline, bootstrap):
    running = pipeline(bootstrap)
    running.feed("a", "words")
    running.feed({"b": 1}, "figures")
    assert data(running.receive_many(2, "one")) == ["a", {"b": 1}]
    assert data(running.receive_many(2, "two")) == ["a", {"b": 1}]
    assert type(running.router.getModule("funnel")).__name__ == "Funnel"


def test_a_replaced_module_need_not_be_installed(bootstrap):
    with pytest.raises(BootstrapError, match=r"wishbone.input.nowhere"):
        Pipeline(bootstrap, replace=["words"])


def test_a_kept_input_is_real(pipeline, bootstrap, clock):
    running = pipeline(bootstrap, keep=["words"], environment={"WORD": "huhu"})
    clock.advance(120)
    assert data(running.received("one")) == ["huhu"] * 3


def test_replace_names_the_modules_to_replace(pipeline, tmp_path, clock):
    path = tmp_path / "pipeline.yaml"
    path.write_text(
        "modules: {input: {module: wishbone.input.generator, arguments: {count: 2}},"
        " funnel: {module: wishbone.flow.funnel}, fanout: {module: wishbone.flow.fanout}}\n"
        "routingtable: [input.outbox -> funnel.a, funnel.outbox -> fanout.inbox]\n"
    )
    running = pipeline(path, replace={"fanout"})
    clock.advance(1)
    assert data(running.received("fanout")) == ["test", "test"]


class Shout(FunctionModule):
    """Turns text into upper case."""

    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("one")
        self.pool.createQueue("two")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event):
        self.submit(Event(event.data.upper()), "one")


def test_a_class_can_replace_a_module(pipeline, bootstrap):
    replace = {"fanout": Shout, **dict.fromkeys(["words", "figures", "one", "two", "dead"])}
    running = pipeline(bootstrap, replace=replace)
    running.feed("a", "words")
    assert running.receive("one").data == "A"


def test_a_function_can_be_replaced(pipeline, bootstrap):
    running = pipeline(bootstrap, replace=["words", "figures", "fanout", "one", "two", "dead"])
    running.feed("a", "words")
    assert running.receive("fanout").data == "a"
    running.feed("answer", "fanout.two")
    assert running.receive("two").data == "answer"


def test_feeds_any_module(pipeline, bootstrap):
    running = pipeline(bootstrap)
    running.feed("a", "fanout")
    running.feed("b", "funnel.words")
    assert data(running.receive_many(2, "one")) == ["a", "b"]


def test_observes_a_queue_between_two_modules(pipeline, bootstrap):
    running = pipeline(bootstrap, observe=["funnel.outbox"])
    settlement = running.feed_acknowledged("a", "words")
    assert running.receive("funnel.outbox").data == "a"
    assert settlement.wait().acknowledged
    assert data(running.received("one")) == ["a"]


@pytest.mark.parametrize("name", ["funnel.outbox", "fanout.inbox"])
def test_an_observed_queue_has_the_names_of_both_ends(pipeline, bootstrap, name):
    running = pipeline(bootstrap, observe=[name])
    running.feed("a", "words")
    assert running.receive("funnel.outbox").data == "a"
    assert running.received("fanout.inbox") == []


def test_observing_does_not_change_the_time_to_live(pipeline, bootstrap):
    with Pipeline(bootstrap) as plain:
        plain.feed("a", "words")
        expected = plain.receive("one").ttl
    running = pipeline(bootstrap, observe=["funnel.outbox"])
    running.feed("a", "words")
    assert running.receive("one").ttl == expected


def test_shows_the_events_of_unconnected_queues(pipeline, bootstrap):
    running = pipeline(bootstrap, observe=["funnel.success", "fanout.extra"])
    running.feed("a", "words")
    assert running.receive("funnel.success").data == "a"
    assert running.receive("fanout.extra").data == "a"


def test_a_queue_that_it_cannot_see_is_an_error(pipeline, bootstrap):
    with pytest.raises(AssertionError, match="name it in 'observe'"):
        pipeline(bootstrap).received("funnel.outbox")


def test_settles_after_all_outputs_consumed_the_event(pipeline, bootstrap):
    running = pipeline(bootstrap)
    with running.stalled("two"):
        settlement = running.feed_acknowledged("a", "words")
        assert running.receive("one").data == "a"
        assert not settlement.errors
    assert settlement.wait().acknowledged


def test_an_output_fails_and_the_event_takes_the_route_of_failures(pipeline, bootstrap):
    running = pipeline(bootstrap)
    running.fail_next("one")
    settlement = running.feed_acknowledged("a", "words").wait()
    running.feed("b", "words")
    assert settlement.acknowledged
    assert running.receive("one").data == "b"
    letter = running.receive("dead.letters")
    assert (letter.data, letter.errors["one"]["type"]) == ("a", "InjectedError")
    (failure,) = running.failures
    assert (failure.module, failure.event.data, failure.lost) == ("one", "a", False)


def test_a_failure_without_a_route_is_lost_and_recorded(pipeline, bootstrap):
    running = pipeline(bootstrap)
    running.fail_next("two", error=OSError("disk full"))
    settlement = running.feed_acknowledged("a", "words").wait()
    assert settlement.failed
    (failure,) = running.failures
    assert failure.lost
    assert str(failure.error) == "disk full"
    assert data(running.received("two.failed")) == ["a"]
    assert running.messages()[0].startswith("two: OSError: disk full")


def test_a_full_queue_makes_earlier_modules_wait(pipeline, tmp_path, clock):
    path = tmp_path / "pipeline.yaml"
    path.write_text(
        BOOTSTRAP.replace("- fanout.two -> two.inbox", "- {from: fanout.two, to: two.inbox, size: 3}")
    )
    running = pipeline(path)
    with running.stalled("two"):
        feeding = gevent.spawn(lambda: [running.feed(number, "words") for number in range(500)])
        clock.settle()
        assert not feeding.ready()
        assert running.queue("two").waited_total == 1
    running.wait_until_idle()
    assert data(running.received("two")) == list(range(500))


def test_a_pipeline_that_is_never_idle_is_reported(pipeline, bootstrap):
    running = pipeline(bootstrap)
    with running.stalled("two"):
        running.feed("a", "words")
        with pytest.raises(AssertionError, match="the pipeline to be idle"):
            running.wait_until_idle(timeout=0.05)


def test_stops_by_itself_after_its_inputs_end(pipeline, bootstrap):
    running = pipeline(bootstrap)
    running.feed("a", "words")
    assert running.end() == []
    assert data(running.received("two")) == ["a"]


def test_does_not_stop_by_itself_while_an_input_runs(pipeline, bootstrap, clock):
    running = pipeline(bootstrap, keep=["words"])
    with pytest.raises(AssertionError, match="did not stop by itself within 10 s"):
        running.end(10)
    clock.advance(120)
    running.end()


def test_stop_returns_undelivered_events(pipeline, bootstrap):
    running = pipeline(bootstrap)
    with running.stalled("two"):
        running.feed("a", "words")
        running.receive("one")
        assert [(left.module, left.queue) for left in running.stop(timeout=0)] == [("two", "inbox")]


def test_stops_at_once_after_a_failed_test(bootstrap, clock):
    def fail():
        with Pipeline(bootstrap) as running, running.stalled("two"):
            running.feed("a", "words")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert clock.elapsed < 10


@pytest.mark.parametrize(
    "options", [{"replace": ["wrods"]}, {"keep": ["wrods"]}, {"observe": ["wrods.outbox"]}]
)
def test_an_unknown_module_is_reported_with_a_suggestion(bootstrap, options):
    with pytest.raises(NoSuchModule, match=r"no module 'wrods'\. Did you mean 'words'\?"):
        Pipeline(bootstrap, **options)


def test_an_ambiguous_queue_must_be_named(pipeline, tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text(
        BOOTSTRAP.replace("one.failed -> dead.letters", "one.failed -> dead.one\n  - two.failed -> dead.two")
    )
    running = pipeline(path)
    with pytest.raises(QueueMissing, match=r"It has: 'dead.one', 'dead.two'"):
        running.received("dead")
    assert running.received("dead.two") == []


def test_feeding_a_queue_without_a_consumer_is_an_error(pipeline, bootstrap):
    with pytest.raises(AssertionError, match="would be dropped"):
        pipeline(bootstrap).feed("a", "funnel.success")


def test_a_mistake_in_the_file_is_reported_with_its_location(tmp_path):
    (tmp_path / "wrong.yaml").write_text("modules:\n  a: {modul: x}\n")
    with pytest.raises(BootstrapError, match=r"wrong.yaml:2:7: .*'modul'"):
        Pipeline(tmp_path / "wrong.yaml")


def test_a_timeout_shows_the_logs(pipeline, bootstrap):
    running = pipeline(bootstrap)
    running.fail_next("two", error=InjectedError("for this reason"))
    running.feed("a", "words")
    with pytest.raises(AssertionError, match=r"1 events from 'two'; received 0; logs: .*for this reason"):
        running.receive("two", timeout=0.05)
