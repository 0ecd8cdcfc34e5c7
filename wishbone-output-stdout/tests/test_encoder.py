from __future__ import annotations

from wishbone.arguments import EncoderFactory
from wishbone.codec import Encoder
from wishbone_output_stdout import Stdout
from wishbone_testing import Harness


def test_writes_encoded_payloads(pipe):
    arguments = {"encoder": {"plain": {"delimiter": ";", "encoding": "utf-16"}}, "template": "{{ data }}!"}
    with Harness(Stdout, arguments) as stdout:
        for payload in ("a\x1b", "b"):
            assert stdout.feed_acknowledged(payload).wait().acknowledged
    assert pipe.read() == "a\x1b!;b!;".encode("utf-16")


def test_a_payload_that_cannot_be_encoded_fails(pipe):
    with Harness(Stdout, {"encoder": "json"}) as stdout:
        stdout.feed(object())
        stdout.feed(["next"])
        assert stdout.receive("failed").errors["module"]["type"] == "InvalidData"
    assert pipe.read() == b'["next"]\n'


def test_a_terminal_shows_the_lines_of_an_encoder_and_obeys_nothing_else(terminal):
    arguments = {"encoder": {"plain": {"delimiter": "\r\n\n"}}, "colour": "green"}
    with Harness(Stdout, arguments) as stdout:
        stdout.feed("a\x1b[2J\nb")
    assert terminal.wait(10) == b"\x1b[32ma\\x1b[2J\x1b[0m\n\x1b[32mb\\r\x1b[0m\n\n"


class Closing(Encoder):
    """Has something left to write at the end, as what compresses."""

    def encode(self, value):
        return f"{value},".encode()

    def flush(self):
        return b"end"


class MadeUp(EncoderFactory):
    def load(self, functions=None):
        return Closing


def test_the_rest_of_an_encoder_is_written_at_the_end(pipe):
    with Harness(Stdout, {"encoder": MadeUp("closing")}) as stdout:
        stdout.feed(1)
        stdout.feed(2)
    assert pipe.read() == b"1,2,end"


def test_nothing_is_written_at_the_end_when_the_reader_is_gone(pipe):
    with Harness(Stdout, {"encoder": MadeUp("closing")}, unconnected=("success",)) as stdout:
        stdout.module.stopPipeline = lambda reason: None
        pipe.hang_up()
        assert stdout.feed_acknowledged(1).wait().failed
    assert stdout.messages() == ["1 events were not written to stdout."]
