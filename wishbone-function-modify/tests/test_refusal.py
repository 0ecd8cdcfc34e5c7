from __future__ import annotations

import pytest

from wishbone.arguments.convert import ArgumentError
from wishbone_function_modify import Modify
from wishbone_testing import Harness


@pytest.mark.parametrize(
    ("operations", "message"),
    [
        ([], "operations: Expected `array` of length >= 1"),
        ({}, "operations: Expected `array`"),
        ([{}], "operations.0: Expected one operation in each item, found none."),
        (
            [{"delete": "data.a"}, {"trim": "data.a", "delete": "data.b"}],
            "operations.1: Expected one operation in each item, found delete, trim.",
        ),
        (
            [{"lowecase": "data.a"}],
            "operations.0: Object contains unknown field `lowecase`. Did you mean 'lowercase'?",
        ),
        ([{"delete": "a"}], "operations.0: The key 'a' begins with 'a', which no event has."),
        ([{"delete": ["data.a", "data."]}], "operations.0: The key 'data.' cannot be read"),
        (
            [{"set": {"dta.a": 1}}],
            "operations.0: The key 'dta.a' begins with 'dta', which no event has. Did you mean 'data'?",
        ),
        ([{"set": {"data.a": "{{ x }}"}}], "operations.0.set.data.a: The template '{{ x }}' names x"),
        ([{"copy": {"data.a": "b"}}], "operations.0: The key 'b' begins with 'b'"),
        ([{"rename": {"data": "b"}}], "operations.0: 'data' is a field of every event and cannot be renamed"),
        (
            [{"convert": {"data.a": "integer"}}],
            "operations.0.convert.data.a: Invalid enum value 'integer'. Did you mean 'int'?",
        ),
        (
            [{"convert": {"data.a": {"timestamp": "%Q"}}}],
            "operations.0.convert.data.a: 'Q' is a bad directive in format '%Q'",
        ),
        ([{"extract": {"key": "data.a"}}], "operations.0.extract: Object missing required field `pattern`"),
        (
            [{"extract": {"key": "a", "pattern": "(?P<x>a)"}}],
            "operations.0.extract.key: The key 'a' begins with 'a'",
        ),
        (
            [{"extract": {"key": "data.a", "pattern": "(?P<x>a"}}],
            "operations.0.extract.pattern: The pattern '(?P<x>a' is not valid: missing )",
        ),
        (
            [{"extract": {"key": "data.a", "pattern": "(?P<x>a)(?=b)"}}],
            "operations.0.extract.pattern: The pattern '(?P<x>a)(?=b)' has a lookaround or a backreference",
        ),
        ([{"extract": {"key": "data.a", "pattern": r"(?P<x>a)\1"}}], "has a lookaround or a backreference"),
        (
            [{"extract": {"key": "data.a", "pattern": "(a)"}}],
            "operations.0.extract.pattern: The pattern '(a)' has no named group",
        ),
        (
            [{"extract": {"key": "data.a", "pattern": 5}}],
            "operations.0.extract.pattern: Expected a regular expression",
        ),
        (
            [{"parse": {"key": "data.a", "decoder": "jsn"}}],
            "operations.0.parse.decoder: No codec 'wishbone.decode.jsn' is installed.",
        ),
        (
            [{"parse": {"key": "data.a", "decoder": {"json": {"framng": 1}}}}],
            "operations.0.parse.decoder.json.framng: There is no such argument.",
        ),
        (
            [{"hash": {"key": "data.a", "algorithm": "crc32"}}],
            "operations.0.hash.algorithm: Invalid enum value 'crc32'",
        ),
        ([{"delete": "data.a", "missing": "ignore"}], "operations.0.missing: Invalid enum value 'ignore'"),
    ],
)
def test_refuses_wrong_arguments_with_their_location(operations, message):
    with pytest.raises(ArgumentError) as caught:
        Harness(Modify, {"operations": operations})
    assert message in str(caught.value)
