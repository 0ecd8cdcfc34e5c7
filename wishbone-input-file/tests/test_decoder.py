from __future__ import annotations

import gzip

import pytest
from reading import append, follow, read, texts

from wishbone.arguments import DecoderFactory
from wishbone.codec import Decoder
from wishbone.error import ConfigError
from wishbone_input_file import File
from wishbone_testing import Harness, wait_until

DOCUMENTS = {"json": {"framing": "documents"}}


class Headed(Decoder):
    """Needs the first line of a file for each of the others, as CSV does."""

    def __init__(self):
        self.header = None
        self.rest = b""

    def decode(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            if self.header is None:
                self.header = line.decode()
            else:
                yield {self.header: line.decode()}

    def flush(self):
        return [{self.header: self.rest.decode()}] if self.rest else []


class Raw(Decoder):
    """Makes a value of all that comes."""

    def __init__(self):
        self.data = b""

    def decode(self, data):
        self.data += data
        return ()

    def flush(self):
        return [self.data]


class Made(DecoderFactory):
    """Makes what is not installed."""

    def __init__(self, name, made=Headed):
        super().__init__(name)
        self.made = made

    def load(self, functions=None):
        return self.made


def headed(name="headed"):
    return Made(name)


def test_a_record_may_have_many_lines_and_a_line_many_records(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{\n "a": 1\n} {"b": 2}\n[3]')
    file = read(path, decoder=DOCUMENTS)
    assert texts(file) == [{"a": 1}, {"b": 2}, [3]]
    assert file.received()[1].get("tmp.module") == {"path": str(path), "record": 2}


def test_a_record_that_cannot_be_decoded_goes_to_failed_and_is_settled(tmp_path):
    path, position = tmp_path / "a.json", str(tmp_path / "position")
    path.write_text('{"a": 1}\n{"b": \n{"c": 3}\n')
    file = read(path, decoder="json", position=position)
    assert texts(file) == [{"a": 1}, {"c": 3}]
    (bad,) = file.received("failed")
    assert bad.data == b'{"b": '
    assert "JSON" in bad.get("errors.module.message")
    assert texts(read(path, decoder="json", position=position), "failed") == []


def test_continues_after_settled_records_with_the_header_of_the_file(tmp_path):
    path, position = tmp_path / "a.csv", str(tmp_path / "position")
    path.write_text("name\none\ntwo\nthree\n")
    arguments = {"path": str(path), "position": position, "retries": 9, "pause": 99, "decoder": headed()}
    with Harness(File, arguments) as file:
        settle_with_data(file, fails_at="two")
        wait_until(lambda: file.module.submitter.waiting)
    assert texts(read(path, position=position, decoder=headed())) == [{"name": "two"}, {"name": "three"}]
    append(path, "four")
    assert texts(read(path, position=position, decoder=headed())) == [{"name": "four"}]
    assert texts(read(path, position=position, decoder=headed())) == []


def settle_with_data(harness, fails_at):
    def consume(event):
        if event.data["name"] == fails_at:
            raise ValueError("not now")

    for consumer in harness.module.pool.queue.outbox.consumers:
        consumer.function = consume


def test_a_record_that_is_submitted_again_is_unchanged(tmp_path):
    path, position = tmp_path / "a.json", str(tmp_path / "position")
    path.write_text('{"a": {"b": 1}}\n')
    seen = []

    def consume(event):
        seen.append(event.data["a"].pop("b"))
        if len(seen) < 3:
            raise ValueError("not now")

    arguments = {"path": str(path), "position": position, "pause": 0.001, "decoder": "json"}
    with Harness(File, arguments) as file:
        for consumer in file.module.pool.queue.outbox.consumers:
            consumer.function = consume
        assert file.finished.wait(10)
    assert seen == [1, 1, 1]


def test_with_another_decoder_a_file_is_read_from_its_beginning(tmp_path):
    path, position = tmp_path / "a.json", str(tmp_path / "position")
    path.write_text("name\n1\n2\n")
    assert len(texts(read(path, position=position))) == 3
    file = read(path, position=position, decoder=headed())
    assert texts(file) == [{"name": "1"}, {"name": "2"}]
    assert any("with another 'decoder' before" in message for message in file.messages())
    assert len(texts(read(path, position=position, decoder=headed("other")))) == 2
    assert len(texts(read(path, position=position))) == 3


def test_nothing_is_lost_wherever_it_is_stopped(tmp_path):
    path, position = tmp_path / "a.csv", str(tmp_path / "position")
    path.write_text("n\n" + "".join(f"{number}\n" for number in range(500)))
    seen = set()
    for _ in range(1000):
        with Harness(File, {"path": str(path), "position": position, "decoder": headed()}) as file:
            wait_until(lambda file=file: file.finished.is_set() or len(file.received()) > 50)
            done = file.finished.is_set()
        seen.update(event.data["n"] for event in file.received())
        if done:
            break
    assert seen == {str(number) for number in range(500)}


def test_records_that_come_later_are_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}\n{"b"')
    with follow(path, decoder="json") as file:
        file.receive()
        append(path, ": 2}\n")
        assert file.receive().data == {"b": 2}


def test_start_at_the_end_skips_the_records_but_not_the_header(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name\none\n")
    with follow(path, decoder=headed(), start="end") as file:
        append(path, "two\n")
        assert file.receive().data == {"name": "two"}


def test_gzip_is_expanded_unless_that_is_left_to_the_decoder(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n'))
    assert texts(read(path, decoder="json")) == [{"a": 1}]
    assert texts(read(path, decoder=Made("gzip", Raw))) == [path.read_bytes()]


def test_standard_input_is_decoded_too(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_bytes(gzip.compress(b'{"a":\n1}{"b": 2}'))
    with path.open("rb") as source:
        monkeypatch.setattr("wishbone_input_file.standard_input.DESCRIPTOR", source.fileno())
        with Harness(File, {"path": "-", "decoder": DOCUMENTS}) as file:
            assert file.finished.wait(10)
            file.wait_until_idle()
    assert texts(file) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("wrong", ["jsno", {"json": {"framming": "lines"}}, 5])
def test_an_invalid_decoder_is_refused(wrong):
    with pytest.raises(ConfigError, match="decoder"):
        Harness(File, {"path": "x", "decoder": wrong}).start()
