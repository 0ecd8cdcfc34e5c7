from __future__ import annotations

from textwrap import dedent

import pytest

from wishbone import Actor, ActorConfig
from wishbone.arguments import DecoderFactory, EncoderFactory
from wishbone.arguments.convert import ArgumentError, Problem, convert_arguments, parameters
from wishbone.codec import BadFrame, Encoder
from wishbone.discovery.registry import Registry
from wishbone.error import InvalidData, NoSuchModule

CODECS = dedent("""
    from wishbone.codec import Decoder, Encoder
    from wishbone.error import ConfigError
    from wishbone.arguments import DecoderFactory

    class Cut(Decoder):
        def __init__(self, at: str = ",", max_size: int = 10) -> None:
            if not at:
                raise ConfigError("'at' must not be empty.")
            self.at = at
            self.rest = ""

        def decode(self, data: bytes):
            *values, self.rest = (self.rest + data.decode()).split(self.at)
            return values

        def flush(self):
            return [self.rest]

    class Upper(Decoder):
        def __init__(self, decoder: DecoderFactory = DecoderFactory("cut")) -> None:
            self.decoder = decoder()

        def decode(self, data: bytes):
            return self.decoder.decode(data.upper())

        def flush(self):
            return self.decoder.flush()

    class Join(Encoder):
        def __init__(self, by: str = ",") -> None:
            self.by = by

        def encode(self, value):
            return f"{value}{self.by}".encode()
""")
ENTRY_POINTS = (
    "[wishbone.decode]\ncut = made_up_codec:Cut\nupper = made_up_codec:Upper\n"
    "[wishbone.encode]\ncut = made_up_codec:Join"
)


class Module(Actor):
    def __init__(
        self,
        config: ActorConfig,
        decoder: DecoderFactory = DecoderFactory("cut"),  # noqa: B008 - it is immutable
        encoder: EncoderFactory | None = None,
        steps: list[dict[str, DecoderFactory]] = (),
    ) -> None:
        super().__init__(config)


@pytest.fixture
def codecs(site, monkeypatch):
    site.install("made-up", ENTRY_POINTS, made_up_codec=CODECS)
    registry = site.registry
    monkeypatch.setattr(Registry, "installed", lambda: registry)


def converted(**arguments):
    values, problems = convert_arguments(Module, arguments)
    assert problems == []
    return values


def problems(**arguments):
    return convert_arguments(Module, arguments)[1]


@pytest.mark.usefixtures("codecs")
def test_a_name_creates_a_codec_for_each_stream():
    factory = converted(decoder="cut")["decoder"]
    one, other = factory(), factory()
    assert (one.decode(b"a,b"), other.decode(b",c")) == (["a"], [""])
    assert (one.flush(), other.flush()) == (["b"], ["c"])


@pytest.mark.usefixtures("codecs")
def test_a_codec_may_have_arguments_and_wrap_another():
    values = converted(decoder={"upper": {"decoder": {"cut": {"at": ";"}}}}, encoder={"cut": None})
    assert values["decoder"]().decode(b"a;b") == ["A"]
    assert values["encoder"]().encode(1) == b"1,"
    assert values["encoder"]().flush() == b""


@pytest.mark.usefixtures("codecs")
def test_a_factory_made_in_python_is_an_argument_too():
    assert converted(decoder=DecoderFactory("cut", at="b"))["decoder"]().decode(b"abc") == ["a"]


@pytest.mark.usefixtures("codecs")
def test_an_invalid_argument_is_reported_with_its_path():
    assert problems(decoder={"cut": {"att": ";", "at": 5}}) == [
        Problem(
            ("decoder", "cut", "att"),
            "There is no such argument. Did you mean 'at'? There are: at, max_size.",
        ),
        Problem(("decoder", "cut", "at"), "Expected `str`, got `int`."),
    ]
    (problem,) = problems(decoder={"upper": {"decoder": {"cut": {"max_size": "x"}}}})
    assert problem.path == ("decoder", "upper", "decoder", "cut", "max_size")
    (problem,) = problems(steps=[{}, {"x": "upper"}, {"x": {"cut": {"at": 1}}}])
    assert problem.path == ("steps", 2, "x", "cut", "at")


@pytest.mark.usefixtures("codecs")
def test_arguments_that_a_codec_refuses_are_reported_before_the_start():
    assert problems(decoder={"cut": {"at": ""}}) == [Problem(("decoder",), "'at' must not be empty.")]


@pytest.mark.usefixtures("codecs")
def test_an_unknown_codec_is_reported_with_the_installed_ones():
    (problem,) = problems(decoder="cute")
    assert problem.path == ("decoder",)
    assert (
        "No codec 'wishbone.decode.cute' is installed. Did you mean 'wishbone.decode.cut'?" in problem.message
    )
    with pytest.raises(NoSuchModule, match=r"No codec 'wishbone.encode.upper' is installed"):
        EncoderFactory("upper")()


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("wrong", [5, ["cut"], {}, {"cut": {}, "upper": {}}, {"cut": "x"}, {5: {}}])
def test_a_value_of_another_type_is_reported_with_an_example(wrong):
    (problem,) = problems(decoder=wrong)
    assert problem.path == ("decoder",)
    assert "its name, or its name with arguments" in problem.message


@pytest.mark.usefixtures("codecs")
def test_invalid_arguments_given_in_python_are_reported_at_the_first_call():
    with pytest.raises(ArgumentError, match="The arguments of codec 'cut' are wrong"):
        DecoderFactory("cut", at=5)()


def test_the_repr_of_a_factory_hides_arguments():
    assert repr(DecoderFactory("encrypted", key="secret")) == "DecoderFactory('encrypted')"


def test_a_bad_frame_keeps_the_whole_frame():
    bad = BadFrame(bytearray(b"x" * 5000), InvalidData("It is not a number."))
    assert (bad.data, bad.truncated) == (b"x" * 5000, False)
    assert repr(bad) == "BadFrame(It is not a number.)"


def test_a_codec_without_an_init_takes_no_arguments():
    class Bare(Encoder):
        def encode(self, value):
            return b""

    assert parameters(Bare) == []


def test_defaults_are_set_where_the_configuration_leaves_them_out(codecs):
    cut = DecoderFactory.from_argument({"cut": {"at": ";"}}, {})
    assert list(cut.with_defaults(at=",", max_size=3, other=1)().decode(b"a;b,c;")) == ["a", "b,c"]
    assert list(DecoderFactory("cut").with_defaults(at=";")().decode(b"a;b;")) == ["a", "b"]
    assert list(cut().decode(b"a;")) == ["a"]


def test_defaults_are_set_in_the_codecs_among_the_arguments(codecs):
    upper = DecoderFactory.from_argument({"upper": {"decoder": "cut"}}, {})
    assert list(upper.with_defaults(at=";")().decode(b"a;b;")) == ["A", "B"]
