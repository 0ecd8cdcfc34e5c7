from __future__ import annotations

import gzip
import os
from importlib.metadata import entry_points

import pytest
from gevent.event import Event as Flag
from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone.argument import ArgumentError
from wishbone.error import ConfigError, ModuleInitFailure
from wishbone_input_file import File
from wishbone_input_file.line import Splitter
from wishbone_input_file.position import Place, Positions
from wishbone_testing import Harness, wait_until


def read(path, **arguments):
    """Read to the end, and return the harness when the module has finished."""
    with Harness(File, {"path": str(path) if not isinstance(path, list) else path, **arguments}) as file:
        assert file.module.finished.wait(10)
        file.wait_until_idle()
    return file


def texts(harness, queue="outbox"):
    return [event.data for event in harness.received(queue)]


def follow(path, **arguments):
    return Harness(File, {"path": str(path), "follow": True, "poll": 0.01, **arguments})


def wait_a_round(file):
    """Wait until a whole round of looking and reading has begun and ended from now on."""
    look, looks = file.module._watch.look, []
    file.module._watch.look = lambda: looks.append(None) or look()
    wait_until(lambda: len(looks) >= 2)
    file.module._watch.look = look
    file.wait_until_idle()


def append(path, text):
    with path.open("ab") as file:
        file.write(text.encode())


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.input", name="file")
    assert entry_point.load() is File


def test_makes_an_event_of_each_line_and_finishes(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"one\n\ntwo\r\nthree")
    assert texts(read(path)) == ["one", "", "two", "three"]


def test_notes_where_a_line_stood(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("one\nzwölf\nthree\n")
    events = read(path).received()
    places = [event.get("tmp.module") for event in events]
    assert [(place["path"], place["line"], place["offset"]) for place in places] == [
        (str(path), 1, 0),
        (str(path), 2, 4),
        (str(path), 3, 11),
    ]
    assert all(event.acknowledgement is None for event in events)


def test_reads_lists_and_patterns_in_order_and_no_file_twice(tmp_path):
    for name in "bac":
        (tmp_path / f"{name}.log").write_text(f"{name}\n")
    paths = [str(tmp_path / "c.log"), str(tmp_path / "*.log")]
    assert texts(read(paths)) == ["c", "a", "b"]


def test_takes_a_path_that_exists_for_no_pattern(tmp_path):
    (tmp_path / "a[1].log").write_text("x\n")
    assert texts(read(tmp_path / "a[1].log")) == ["x"]


def test_replaces_and_counts_undecodable_bytes(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"good\nb\xffd\n")
    file = read(path)
    assert texts(file) == ["good", "b�d"]
    assert file.module.decoder.undecodable_total == 1
    assert any("is not utf-8" in message for message in file.messages())


def test_sends_a_line_that_is_too_long_to_failed_cut(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"short\n" + b"x" * 200_000 + b"\nnext\n" + b"y" * 11)
    file = read(path, max_line=10)
    assert texts(file) == ["short", "next"]
    assert texts(file, "failed") == ["x" * 10, "y" * 10]
    assert "is 200000 bytes long" in file.received("failed")[0].errors["module"]["message"]


@pytest.mark.parametrize("block", [1, 7, 1 << 16])
def test_reads_gzip_by_its_first_bytes(tmp_path, monkeypatch, block):
    monkeypatch.setattr("wishbone_input_file.tail.BLOCK", block)
    path = tmp_path / "a.log"
    path.write_bytes(gzip.compress(b"one\ntw") + gzip.compress(b"o\nthree\n") + b"\0" * 9)
    assert texts(read(path)) == ["one", "two", "three"]


def test_reads_gzip_that_is_much_larger_than_its_file(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(gzip.compress(b"0123456789\n" * 100_000))
    with Harness(File, {"path": str(path)}, size=10) as file:
        assert [event.data for event in file.receive_many(100_000)] == ["0123456789"] * 100_000


@pytest.mark.parametrize(
    ("damage", "readable"),
    [
        (lambda data: data[:-4], ["one", "two"]),
        (lambda data: data + b"rubbish", ["one", "two"]),
        (lambda data: data[:-8] + b"checksum", []),
    ],
    ids=["cut", "followed by rubbish", "with a wrong checksum"],
)
def test_names_the_file_when_gzip_is_damaged_and_reads_the_others(tmp_path, damage, readable):
    (tmp_path / "a.log").write_bytes(damage(gzip.compress(b"one\ntwo\nend")))
    (tmp_path / "b.log").write_text("other\n")
    file = read(tmp_path / "*.log")
    assert texts(file) == [*readable, "other"]
    (message,) = [message for message in file.messages() if "cannot be read to its end" in message]
    assert "a.log" in message


def test_refuses_a_missing_path_that_it_does_not_follow(tmp_path):
    with (
        pytest.raises(ModuleInitFailure, match=r"no file '.*nowhere.*follow: true"),
        Harness(File, {"path": str(tmp_path / "nowhere")}),
    ):
        pass


def test_refuses_a_named_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with (
        pytest.raises(ModuleInitFailure, match="no file that can be read"),
        Harness(File, {"path": str(tmp_path / "pipe")}),
    ):
        pass


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": "-", "position": "p"}, "standard input has no 'position'"),
        ({"path": "x", "encoding": "utf-16"}, "newline of ASCII"),
        ({"path": "x", "encoding": "nonsense"}, "newline of ASCII"),
    ],
)
def test_refuses_what_cannot_work(arguments, message):
    with pytest.raises(ConfigError, match=message):
        Harness(File, arguments)


@pytest.mark.parametrize(
    "arguments", [{}, {"path": []}, {"path": "x", "max_line": 0}, {"path": "x", "poll": 0}]
)
def test_refuses_wrong_arguments(arguments):
    with pytest.raises(ArgumentError):
        Harness(File, arguments)


def test_follows_what_is_appended_and_waits_for_the_end_of_a_line(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("one\ntw")
    with follow(path) as file:
        assert file.receive().data == "one"
        wait_a_round(file)
        assert file.received() == []
        append(path, "o\n")
        assert file.receive().data == "two"
        assert not file.module.finished.is_set()


def test_waits_for_a_file_and_says_so_once(tmp_path):
    path = tmp_path / "a.log"
    with follow(path, start="end") as file:
        wait_until(file.messages)
        wait_a_round(file)
        append(path, "one\n")
        assert file.receive().data == "one"
        assert len([message for message in file.messages() if "waiting for it" in message]) == 1


def test_reads_a_renamed_file_to_its_end_before_the_new_one(tmp_path, monkeypatch):
    monkeypatch.setattr("wishbone_input_file.reader.GRACE", 0.2)
    path = tmp_path / "a.log"
    path.write_text("one\n")
    with follow(path) as file:
        file.receive()
        append(path, "two\nlast without end")
        path.rename(tmp_path / "a.log.1")
        append(path, "new\n")
        assert [event.data for event in file.receive_many(2)] == ["two", "new"]
        assert file.receive().data == "last without end"
        wait_until(lambda: len(file.module._watch.tails) == 1)


@pytest.mark.parametrize(("kept", "forgotten"), [(False, True), (True, True), (True, False)])
def test_reads_on_in_a_file_that_gets_its_name_back(tmp_path, monkeypatch, kept, forgotten):
    monkeypatch.setattr("wishbone_input_file.reader.GRACE", 0)
    path, away = tmp_path / "a.log", tmp_path / "away"
    path.write_text("one\nrest")
    with follow(path, **({"position": str(tmp_path / "position")} if kept else {})) as file:
        held = Flag()
        seen = settle_with(file, {}, lambda data: forgotten or held.wait(10))
        wait_until(lambda: seen == ["one"])
        (tail,) = file.module._watch.listed()
        path.rename(away)
        wait_until(lambda: tail.done and forgotten == (not file.module._watch.tails))
        away.rename(path)
        append(path, " of it\ntwo\n")
        held.set()
        wait_until(lambda: seen[-1:] == ["two"])
        assert seen == ["one", "rest", " of it", "two"]


def test_reads_on_in_a_file_that_gets_its_name_back_after_two_more_starts(tmp_path, monkeypatch):
    monkeypatch.setattr("wishbone_input_file.reader.GRACE", 0)
    path, away, position = tmp_path / "a.log", tmp_path / "away", str(tmp_path / "position")
    path.write_text("one\n")
    with follow(path, position=position) as file:
        file.receive()
        path.rename(away)
        wait_until(lambda: not file.module._watch.tails)
    for _ in range(2):
        with follow(path, position=position) as file:
            wait_until(lambda: not file.module._watch.tails)
            wait_a_round(file)
            assert file.received() == []
    away.rename(path)
    append(path, "two\n")
    assert texts(read(path, position=position)) == ["two"]


def test_remembers_no_more_files_that_left_than_it_may(monkeypatch):
    monkeypatch.setattr("wishbone_input_file.position.MOST_LEFT", 2)
    positions = Positions(None)
    for inode in (1, 2, 1, 3):
        positions.keep(Place("a.log", 0, inode, 0, 0, 0, ""))
    assert [positions.take((0, inode)) is not None for inode in (1, 2, 3)] == [True, False, True]


def test_reads_a_damaged_file_again_when_it_is_rewritten_and_only_then(tmp_path):
    path, away = tmp_path / "a.log", tmp_path / "away"
    path.write_bytes(gzip.compress(b"one\n") + b"rubbish")
    with follow(path) as file:
        assert file.receive().data == "one"
        append(path, "more rubbish")
        path.rename(away)
        wait_a_round(file)
        away.rename(path)
        wait_a_round(file)
        assert file.received() == []
        path.write_bytes(gzip.compress(b"two\nthree\n", mtime=1))
        assert [event.data for event in file.receive_many(2)] == ["two", "three"]
        assert len([message for message in file.messages() if "cannot be read to its end" in message]) == 1


def test_finds_the_lines_of_a_file_of_which_none_was_settled_when_it_was_renamed(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\n")
    with Harness(File, {"path": str(path), "position": position, "retries": 9, "pause": 99}) as file:
        settle_with(file, {"one": 9})
        wait_until(lambda: file.module.delivery.waiting)
    path.rename(tmp_path / "a.log.1")
    path.write_text("two\n")
    assert texts(read(path, position=position)) == ["one", "two"]


def test_begins_anew_in_a_truncated_file(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("one\ntwo\n")
    with follow(path) as file:
        file.receive_many(2)
        os.truncate(path, 0)
        append(path, "x\n")
        event = file.receive()
        assert (event.data, event.get("tmp.module.line")) == ("x", 1)


def test_follows_files_that_a_pattern_names_later(tmp_path):
    with follow(tmp_path / "*.log") as file:
        append(tmp_path / "a.log", "a\n")
        assert file.receive().data == "a"
        append(tmp_path / "b.log", "b\n")
        assert file.receive().data == "b"


def test_skips_what_is_there_and_counts_its_lines(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("one\ntwo\nthr")
    with follow(path, start="end") as file:
        append(path, "ee\n")
        event = file.receive()
        assert event.data == "three"
        assert event.get("tmp.module") == {"path": str(path), "line": 3, "offset": 8}


def test_goes_on_where_it_stood(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\ntwo\n")
    assert texts(read(path, position=position)) == ["one", "two"]
    assert texts(read(path, position=position)) == []
    append(path, "three\n")
    (event,) = read(path, position=position).received()
    assert (event.data, event.get("tmp.module.line")) == ("three", 3)


def test_goes_on_in_gzip_where_it_stood(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_bytes(gzip.compress(b"one\ntwo\n"))
    assert texts(read(path, position=position)) == ["one", "two"]
    with path.open("ab") as file:
        file.write(gzip.compress(b"three\n"))
    assert texts(read(path, position=position)) == ["three"]


def test_reads_the_rest_of_a_file_that_was_renamed_meanwhile(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\n")
    read(path, position=position)
    append(path, "two\n")
    path.rename(tmp_path / "a.log.1")
    path.write_text("new\n")
    assert texts(read(path, position=position)) == ["two", "new"]
    assert texts(read(path, position=position)) == []


def test_reads_another_content_of_the_same_inode_from_its_beginning(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\n")
    read(path, position=position)
    path.write_text("completely different\n")
    assert texts(read(path, position=position)) == ["completely different"]


def test_refuses_a_position_file_that_holds_something_else(tmp_path):
    (tmp_path / "position").write_text("hello")
    (tmp_path / "a.log").write_text("one\n")
    with pytest.raises(ModuleInitFailure, match="position file"):
        read(tmp_path / "a.log", position=str(tmp_path / "position"))


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


def prepared(path, position, **arguments):
    arguments = {"path": str(path), "position": str(position), "pause": 0.01, **arguments}
    return Harness(File, arguments)


def test_submits_again_what_failed_and_gives_up_at_last(tmp_path):
    path, position = tmp_path / "a.log", tmp_path / "position"
    path.write_text("bad\nshaky\ngood\n")
    harness = prepared(path, position, retries=2)
    with harness as file:
        seen = settle_with(harness, {"bad": 99, "shaky": 1})
        assert file.module.finished.wait(10)
    assert sorted(seen) == ["bad"] * 3 + ["good"] + ["shaky"] * 2
    assert file.module.delivery.given_up_total == 1
    assert any(
        "Line 1 of" in message and "given up after 3 attempts" in message for message in file.messages()
    )
    assert texts(read(path, position=str(position))) == []


@pytest.mark.parametrize("retries", [0, 3])
def test_decides_about_a_line_that_fails_after_its_file_was_truncated(tmp_path, retries):
    path = tmp_path / "a.log"
    path.write_text("bad\n")
    position = str(tmp_path / "position")
    with follow(path, position=position, pause=0, retries=retries) as file:
        held = Flag()
        seen = settle_with(file, {"bad": 1}, lambda data: data != "bad" or held.wait(10))
        wait_until(lambda: seen == ["bad"])
        path.write_text("")
        wait_until(lambda: any("truncated" in message for message in file.messages()))
        append(path, "new\n")
        held.set()
        wait_until(lambda: sorted(seen) == sorted(["bad", "new"] if retries == 0 else ["bad", "bad", "new"]))
        wait_until(lambda: not file.module._reader.pending)
        wait_until(lambda: retries or any("is given up" in message for message in file.messages()))
    assert not [log for log in file.logs if "InvalidData" in log.message or "failed, it" in log.message]
    assert file.module.replaced_total == 0
    assert texts(read(path, position=position)) == []


def test_settles_a_line_that_is_too_long(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("x" * 50 + "\nok\n")
    assert texts(read(path, position=position, max_line=10)) == ["ok"]
    assert texts(read(path, position=position, max_line=10), "failed") == []


@given(
    lines=st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=20),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=20),
    ended=st.booleans(),
    longest=st.integers(1, 40),
)
def test_splits_the_same_lines_however_they_are_cut(lines, cuts, ended, longest):
    content = b"\n".join(lines) + (b"\n" if ended else b"")
    splitter = Splitter(longest)
    found = []
    rest = content
    for cut in cuts:
        found.extend(splitter.split(rest[:cut]))
        rest = rest[cut:]
    found.extend(splitter.split(rest))
    found.extend(splitter.finish())
    expected = content.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert [line.data for line in found] == [line[:longest] for line in expected]
    assert [line.number for line in found] == list(range(1, len(expected) + 1))
    assert all(content[line.offset :].startswith(line.data) for line in found)
    assert [line.end for line in found[:-1]] == [line.offset for line in found[1:]]
    skipper = Splitter(longest)
    skipper.skip(content)
    assert skipper.number == content.count(b"\n")
    assert skipper.offset == content.rfind(b"\n") + 1


@settings(max_examples=15, deadline=None)
@given(
    lines=st.lists(st.text("abcä", min_size=1, max_size=8), min_size=1, max_size=15),
    cuts=st.lists(st.integers(1, 20), min_size=1, max_size=6),
)
def test_follows_the_same_lines_however_they_are_written(tmp_path_factory, lines, cuts):
    path = tmp_path_factory.mktemp("follow") / "a.log"
    content = "".join(f"{line}\n" for line in lines).encode()
    with follow(path, poll=0.001) as file:
        for cut in [*cuts, len(content)]:
            with path.open("ab") as writer:
                writer.write(content[:cut])
            content = content[cut:]
            wait_a_round(file)
        assert [event.data for event in file.receive_many(len(lines))] == lines
