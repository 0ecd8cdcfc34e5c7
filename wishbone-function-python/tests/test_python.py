from __future__ import annotations

import sys
from importlib.metadata import entry_points

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone import ActorConfig
from wishbone.arguments.convert import ArgumentError
from wishbone.error import ModuleInitFailure
from wishbone.event import Event, Log
from wishbone.router import Default
from wishbone_function_python import Python
from wishbone_function_python.target import Target
from wishbone_testing import Harness
from wishbone_testing.conformance import FunctionConformance

DUMPS = {"callable": "json:dumps"}


class TestConformance(FunctionConformance):
    module = Python
    arguments = DUMPS
    good = "text"


class TestConformanceWithThreads(FunctionConformance):
    module = Python
    arguments = {**DUMPS, "threads": 2}
    good = "text"


def run(name, **arguments):
    return Harness(Python, {"callable": name if ":" in name else f"callables:{name}", **arguments})


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.function", name="python")
    assert entry_point.load() is Python


@pytest.fixture(params=[0, 3], ids=["in place", "in threads"])
def threads(request):
    return request.param


@pytest.mark.parametrize(
    ("name", "payload", "result"),
    [
        ("double", 2, 4),
        ("defaults", 2, 6),
        ("scorer", 3, 6),
        ("scorer.score", 3, 6),
        ("json:dumps", {"a": 1}, '{"a": 1}'),
        ("builtins:len", [1, 2], 2),
        ("builtins:str", 5, "5"),
        ("collections:OrderedDict", [("a", 1)], {"a": 1}),
        ("names", {"a": 1}, {"a": 1, "seen": True}),
        ("as_text", "x", "x!"),
        ("total", [1, 2], 3),
        ("optional", None, "None"),
        ("discount", {"user": "ada", "price": 5}, {"user": "ada", "price": 2.5}),
        ("first", {"sensor": "s", "values": [7, 8]}, 7),
        ("port", {"host": "h", "port": 1}, 1),
        ("payload_of", {"inner": [1]}, [1]),
        ("half", {"user": "ada", "price": 5}, {"user": "ada", "price": 2.5}),
        ("cached", {"user": "ada", "price": 5}, 5.0),
    ],
)
def test_the_payload_becomes_what_the_callable_returns(name, payload, result, threads):
    with run(name, threads=threads) as calling:
        event = calling.feed(payload)
        assert calling.receive() is event
        assert event.data == result


def test_a_callable_that_returns_none_drops_the_event(threads):
    with run("drop", threads=threads) as calling:
        assert calling.feed_acknowledged("x").wait().acknowledged
        calling.wait_until_idle()
        assert calling.received() == calling.received("failed") == []


def test_a_generator_creates_an_event_for_each_value(threads):
    with run("split", threads=threads) as calling:
        event = Event("a b c")
        event.tags.append("t")
        calling.feed(event)
        events = calling.receive_many(3)
        assert [each.data for each in events] == ["a", "b", "c"]
        assert all(each.tags == ["t"] for each in events)
        assert len({each.uuid for each in events} | {event.uuid}) == 4
        events[0].tags.append("other")
        assert events[1].tags == ["t"]


def test_a_generator_that_fails_creates_no_event(threads):
    with run("split_then_fail", threads=threads) as calling:
        calling.feed("a b")
        failed = calling.receive("failed")
        assert (failed.data, failed.errors["module"]["type"]) == ("a b", "ValueError")
        calling.wait_until_idle()
        assert calling.received() == []


def test_a_generator_without_values_drops_the_event(threads):
    with run("split", threads=threads) as calling:
        assert calling.feed_acknowledged("").wait().acknowledged
        calling.wait_until_idle()
        assert calling.received() == []


def test_a_callable_with_the_hint_event_gets_the_event(threads):
    with run("tag", threads=threads) as calling:
        event = calling.feed("x")
        assert calling.receive() is event
        assert event.tags == ["seen"]


def test_events_from_a_generator_share_the_acknowledgement_and_nothing_else(threads):
    with run("clones", threads=threads) as calling:
        settlement = calling.feed_acknowledged("x")
        one, two, three = calling.receive_many(3)
        assert one is not two
        assert (one.data, two.data, three.data) == ("x", "x", "made here")
        assert three.acknowledgement is two.acknowledgement is one.acknowledgement
        assert settlement.wait().acknowledged


def test_an_event_is_acknowledged_when_all_its_results_are(threads):
    with Harness(Python, {"callable": "callables:split", "threads": threads}, size=1) as calling:
        settlements = [calling.feed_acknowledged("a b c d") for _ in range(5)]
        calling.receive_many(20)
        assert all(settlement.wait().acknowledged for settlement in settlements)


def test_an_exception_fails_the_event_unchanged_and_the_next_passes(threads):
    with run("total", threads=threads) as calling:
        calling.feed([1, "x"])
        calling.feed([1, 2])
        assert calling.receive().data == 3
        failed = calling.receive("failed")
        assert failed.data == [1, "x"]
    with run("fail", threads=threads) as calling:
        calling.feed("x")
        error = calling.receive("failed").errors["module"]
        assert (error["type"], error["message"]) == ("LookupError", "cannot do x")
        assert error["file"].endswith("callables.py")


def test_an_event_that_fails_without_a_failed_route_settles_as_failed(threads):
    arguments = {"callable": "callables:fail", "threads": threads}
    with Harness(Python, arguments, unconnected=["failed"]) as calling:
        assert calling.feed_acknowledged("x").wait().failed


@pytest.mark.parametrize(
    ("name", "payload", "message"),
    [
        (
            "discount",
            {"user": "ada"},
            "does not match the type hint of 'callables:discount': Object missing required field `price`",
        ),
        ("discount", {"user": "ada", "price": "5"}, "Expected `float`, got `str` - at `$.price`"),
        ("first", {"sensor": "s", "values": [1, "x"]}, "Expected `int`, got `str` - at `$.values[1]`"),
        ("port", {"host": "h"}, "Object missing required field `port`"),
        ("total", "x", "Expected `array`, got `str`"),
        ("natural", -1, "Expected `int` >= 0"),
        ("as_text", b"x", "'callables:as_text' takes a str, but the payload is of type bytes."),
        ("names", [1], "'callables:names' takes a dict, but the payload is of type list."),
        ("optional", "1", "Expected `int | null`, got `str`"),
    ],
)
def test_a_payload_that_does_not_match_the_hint_fails(name, payload, message, threads):
    with run(name, threads=threads) as calling:
        calling.feed(payload)
        failed = calling.receive("failed")
        assert failed.data == payload
        assert message in failed.errors["module"]["message"]


def test_a_log_is_passed_on_unchanged():
    log = Log(1.0, 6, 1, "input", "hello")
    with run("copy:copy") as calling:
        calling.feed(log)
        assert calling.receive().data == log


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "two",
            "'callables:two' cannot be called with one argument, the payload or the event: missing a",
        ),
        ("none", "'callables:none' cannot be called with one argument"),
        ("keyword", "missing a required"),
        ("coroutine", "'callables:coroutine' is a coroutine function"),
        ("async_generator", "'callables:async_generator' is a coroutine function"),
        (
            "unresolved",
            "The type hint 'Decimal' of 'callables:unresolved' cannot be resolved: name 'Decimal' is not",
        ),
        ("unsupported", "The type hint of 'callables:unsupported' cannot be checked"),
        ("doubel", "'callables:doubel' cannot be called: there is no 'doubel'. Did you mean 'double'?"),
        ("value", "'callables:value' cannot be called: it is of type int."),
        ("scorer.scor", "there is no 'scor'. Did you mean 'score'?"),
        (
            "no_such_package.module:name",
            "'no_such_package.module:name' cannot be imported: there is no module 'no_such_package'.",
        ),
        ("json.no_such:name", "there is no module 'json.no_such'"),
        ("broken:name", "'broken:name' cannot be imported because its code fails: ZeroDivisionError"),
        (
            "needs:name",
            "'needs:name' cannot be imported because its code fails: ModuleNotFoundError: No module named",
        ),
        ("leaves:name", "'leaves:name' cannot be imported because its code fails: SystemExit"),
    ],
)
def test_a_wrong_callable_is_reported_when_the_module_is_built(name, message, tmp_path, monkeypatch):
    for module, text in (
        ("broken", "1 / 0"),
        ("needs", "import no_such_needed"),
        ("leaves", "raise SystemExit(2)"),
    ):
        tmp_path.joinpath(f"{module}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ArgumentError) as caught:
        run(name)
    assert message in str(caught.value)


def test_building_the_module_does_not_call_the_callable(tmp_path, monkeypatch):
    tmp_path.joinpath("calls_nothing.py").write_text("calls = []\ndef call(data): calls.append(data)")
    monkeypatch.syspath_prepend(str(tmp_path))
    Default().registerModule(Python, "python", {"callable": "calls_nothing:call"})
    assert sys.modules["calls_nothing"].calls == []


def test_a_callable_given_as_target_is_imported_at_the_start():
    module = Python(ActorConfig("python"), Target("no_such_module:name"))
    with pytest.raises(ModuleInitFailure, match="there is no module 'no_such_module'"):
        module.start()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "callable: It is missing"),
        *(
            ({"callable": name}, f"callable: {name!r} is not the name of a function")
            for name in (
                "",
                "json",
                "json.dumps",
                ":x",
                "json:",
                "a b:c",
                "os;x:y",
                "json:dumps()",
                "../x:y",
                "1a:b",
            )
        ),
        ({"callable": 5}, "callable: Expected a function such as shop.enrich:score, got `int`"),
        ({**DUMPS, "threads": -1}, "threads: Expected `int` >= 0"),
        ({**DUMPS, "threads": 2, "key": "user"}, "key: The key 'user' begins with 'user'"),
        ({**DUMPS, "key": "data.user"}, "key: It needs 'threads': remove 'key' or set 'threads'."),
    ],
)
def test_refuses_wrong_arguments(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        Harness(Python, arguments)
    assert message in str(caught.value)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.text(alphabet="ab ", max_size=6), max_size=20))
def test_the_results_are_in_the_order_of_the_events(texts):
    expected = [word for text in texts for word in text.split()]
    for threads in (0, 3):
        with run("split", threads=threads) as calling:
            settlements = [calling.feed_acknowledged(text) for text in texts]
            assert [event.data for event in calling.receive_many(len(expected))] == expected
            assert all(settlement.wait().acknowledged for settlement in settlements)
