"""A whole bootstrap file runs, with its inputs and outputs in the test's hands."""

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


def test_inputs_and_outputs_are_replaced_and_all_else_is_real(pipeline, bootstrap):
    running = pipeline(bootstrap)
    running.feed("a", "words")
    running.feed({"b": 1}, "figures")
    assert data(running.receive_many(2, "one")) == ["a", {"b": 1}]
    assert data(running.receive_many(2, "two")) == ["a", {"b": 1}]
    assert type(running.router.getModule("funnel")).__name__ == "Funnel"


def test_a_module_that_is_replaced_need_not_be_installed(bootstrap):
    with pytest.raises(BootstrapError, match=r"wishbone.input.nowhere"):
        Pipeline(bootstrap, replace=["words"])


def test_an_input_that_is_kept_is_real(pipeline, bootstrap, clock):
    running = pipeline(bootstrap, keep=["words"], environment={"WORD": "huhu"})
    clock.advance(120)
    assert data(running.received("one")) == ["huhu"] * 3


def test_only_what_is_named_is_replaced(pipeline, tmp_path, clock):
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


def test_another_class_takes_the_place_of_a_module(pipeline, bootstrap):
    replace = {"fanout": Shout, **dict.fromkeys(["words", "figures", "one", "two", "dead"])}
    running = pipeline(bootstrap, replace=replace)
    running.feed("a", "words")
    assert running.receive("one").data == "A"


def test_the_test_itself_takes_the_place_of_a_function(pipeline, bootstrap):
    running = pipeline(bootstrap, replace=["words", "figures", "fanout", "one", "two", "dead"])
    running.feed("a", "words")
    assert running.receive("fanout").data == "a"
    running.feed("answer", "fanout.two")
    assert running.receive("two").data == "answer"


def test_feeds_in_the_middle_too(pipeline, bootstrap):
    running = pipeline(bootstrap)
    running.feed("a", "fanout")
    running.feed("b", "funnel.words")
    assert data(running.receive_many(2, "one")) == ["a", "b"]


def test_shows_what_passes_between_two_modules(pipeline, bootstrap):
    running = pipeline(bootstrap, observe=["funnel.outbox"])
    settlement = running.feed_acknowledged("a", "words")
    assert running.receive("funnel.outbox").data == "a"
    assert settlement.wait().acknowledged
    assert data(running.received("one")) == ["a"]


@pytest.mark.parametrize("name", ["funnel.outbox", "fanout.inbox"])
def test_a_queue_that_is_observed_has_the_names_of_both_its_ends(pipeline, bootstrap, name):
    running = pipeline(bootstrap, observe=[name])
    running.feed("a", "words")
    assert running.receive("funnel.outbox").data == "a"
    assert running.received("fanout.inbox") == []


def test_being_observed_costs_an_event_no_time_to_live(pipeline, bootstrap):
    with Pipeline(bootstrap) as plain:
        plain.feed("a", "words")
        expected = plain.receive("one").ttl
    running = pipeline(bootstrap, observe=["funnel.outbox"])
    running.feed("a", "words")
    assert running.receive("one").ttl == expected


def test_shows_what_leads_nowhere(pipeline, bootstrap):
    running = pipeline(bootstrap, observe=["funnel.success", "fanout.extra"])
    running.feed("a", "words")
    assert running.receive("funnel.success").data == "a"
    assert running.receive("fanout.extra").data == "a"


def test_what_it_cannot_see_it_says(pipeline, bootstrap):
    with pytest.raises(AssertionError, match="name it in 'observe'"):
        pipeline(bootstrap).received("funnel.outbox")


def test_settles_when_all_outputs_have_taken_the_event(pipeline, bootstrap):
    running = pipeline(bootstrap)
    with running.stalled("two"):
        settlement = running.feed_acknowledged("a", "words")
        assert running.receive("one").data == "a"
        assert not settlement.errors
    assert settlement.wait().acknowledged


def test_an_output_fails_so_often_and_the_route_of_failures_takes_it(pipeline, bootstrap):
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


def test_a_failure_that_no_route_takes_is_lost_and_seen(pipeline, bootstrap):
    running = pipeline(bootstrap)
    running.fail_next("two", error=OSError("disk full"))
    settlement = running.feed_acknowledged("a", "words").wait()
    assert settlement.failed
    (failure,) = running.failures
    assert failure.lost
    assert str(failure.error) == "disk full"
    assert data(running.received("two.failed")) == ["a"]
    assert running.messages()[0].startswith("two: OSError: disk full")


def test_a_queue_that_is_full_makes_those_before_it_wait(pipeline, tmp_path, clock):
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


def test_says_that_it_does_not_come_to_rest(pipeline, bootstrap):
    running = pipeline(bootstrap)
    with running.stalled("two"):
        running.feed("a", "words")
        with pytest.raises(AssertionError, match="the pipeline to come to rest"):
            running.wait_until_idle(timeout=0.05)


def test_stops_by_itself_when_its_inputs_have_ended(pipeline, bootstrap):
    running = pipeline(bootstrap)
    running.feed("a", "words")
    assert running.end() == []
    assert data(running.received("two")) == ["a"]


def test_does_not_stop_by_itself_while_an_input_goes_on(pipeline, bootstrap, clock):
    running = pipeline(bootstrap, keep=["words"])
    with pytest.raises(AssertionError, match="did not stop by itself within 10 s"):
        running.end(10)
    clock.advance(120)
    running.end()


def test_tells_what_stopping_left_behind(pipeline, bootstrap):
    running = pipeline(bootstrap)
    with running.stalled("two"):
        running.feed("a", "words")
        running.receive("one")
        assert [(left.module, left.queue) for left in running.stop(timeout=0)] == [("two", "inbox")]


def test_does_not_wait_at_its_end_when_the_test_has_failed(bootstrap, clock):
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
def test_a_module_that_there_is_not_is_told_with_what_is_near(bootstrap, options):
    with pytest.raises(NoSuchModule, match=r"no module 'wrods'\. Did you mean 'words'\?"):
        Pipeline(bootstrap, **options)


def test_a_queue_that_could_be_several_has_to_be_named(pipeline, tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text(
        BOOTSTRAP.replace("one.failed -> dead.letters", "one.failed -> dead.one\n  - two.failed -> dead.two")
    )
    running = pipeline(path)
    with pytest.raises(QueueMissing, match=r"There is: 'dead.one', 'dead.two'"):
        running.received("dead")
    assert running.received("dead.two") == []


def test_an_event_is_not_fed_where_it_would_be_dropped(pipeline, bootstrap):
    with pytest.raises(AssertionError, match="would be dropped"):
        pipeline(bootstrap).feed("a", "funnel.success")


def test_what_is_wrong_with_the_file_is_told_with_its_place(tmp_path):
    (tmp_path / "wrong.yaml").write_text("modules:\n  a: {modul: x}\n")
    with pytest.raises(BootstrapError, match=r"wrong.yaml:2:7: .*'modul'"):
        Pipeline(tmp_path / "wrong.yaml")


def test_says_what_was_logged_when_nothing_comes(pipeline, bootstrap):
    running = pipeline(bootstrap)
    running.fail_next("two", error=InjectedError("for this reason"))
    running.feed("a", "words")
    with pytest.raises(AssertionError, match=r"1 events from 'two'; there came 0; logs: .*for this reason"):
        running.receive("two", timeout=0.05)
