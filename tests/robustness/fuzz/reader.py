"""The reader: any bytes give an `AnnotationError` or an annotation, which then equals the JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from cityconv.errors import AnnotationError
from cityconv.source.polygons import MAX_COORDINATE, MAX_SIDE, Annotation, parse_annotation
from tests.robustness.fuzz.documents import NAMES, random_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

WHERE = "frame.json"
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[-+.\w]+|[^\s]')
_ODD_TOKENS = (
    b"NaN", b"Infinity", b"-Infinity", b"1e308", b"-1e308", b"1e999", b"1e-999", b"-0", b"-0.0", b"0.5", b"-0.999",
    b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"1" * 40, b"1" * 400, b"1000000.9",
    b"1000001", b"16777217", b"0", b"1", b"32768", b"32769", b"null", b"true", b"false", b"{}", b"[]", b"[[]]",
    b"[[0,0,0]]", b"[[0]]", b'""', b'"car"', b'"cargroup"', b'"\\ud800"', b'"\\u0000"', b'"\xff"', b'"\xc3"',
    b'"deleted"', b'"label"', b'"polygon"', b'"objects"', b'"imgHeight"', b"[", b"]", b"{", b"}", b",", b":",
    b"[" * 5000, b'{"a":' * 5000, b"\x00", b"01", b"+1", b".5", b"1.", b"\xef\xbb\xbf", b"/**/", b"'car'",
)  # fmt: skip
_KEYS = ("imgHeight", "imgWidth", "objects", "label", "polygon", "deleted", "x")


def random_content(chance: Random) -> bytes:
    """Return a damaged document, or JSON of another structure."""
    content = json.dumps(random_document(chance), ensure_ascii=chance.random() < 0.5).encode()
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 8))):
        content = chance.choice(_DAMAGES)(chance, content)
    return content


def check(chance: Random) -> None:
    """Read random content; raise an error if the reader fails."""
    content = random_content(chance)
    try:
        annotation = parse_annotation(content, WHERE)
    except AnnotationError as error:
        message = str(error)
        assert message.startswith(f"{WHERE}: "), message
        assert message.isprintable(), message
        assert len(message) < 400, message
        return
    _check_annotation(annotation)
    _check_against_json(annotation, content)


def _check_annotation(annotation: Annotation) -> None:
    assert 1 <= annotation.height <= MAX_SIDE
    assert 1 <= annotation.width <= MAX_SIDE
    assert annotation.vertices.dtype == annotation.counts.dtype == np.int64
    assert annotation.vertices.shape == (annotation.counts.sum(), 2)
    assert len(annotation.counts) == len(annotation.objects)
    assert (annotation.counts > 0).all()
    assert (np.abs(annotation.vertices) <= MAX_COORDINATE).all()


def _check_against_json(annotation: Annotation, content: bytes) -> None:
    text = content.decode("utf-8-sig", errors="replace")  # the reader does not decode unused keys
    document = json.loads(text, strict=False)
    live = [item for item in document["objects"] if not item.get("deleted")]
    present = [item for item in live if item["polygon"]]
    assert sum(annotation.skipped.values()) == len(live) - len(present)
    assert (annotation.height, annotation.width) == (document["imgHeight"], document["imgWidth"])
    assert [drawn.name for drawn in annotation.objects] == [item["label"] for item in present]
    assert annotation.counts.tolist() == [len(item["polygon"]) for item in present]
    points = [[int(x), int(y)] for item in present for x, y in item["polygon"]]
    assert annotation.vertices.tolist() == points


def _damage_bytes(chance: Random, content: bytes) -> bytes:
    """Overwrite, drop, insert or repeat a few bytes."""
    start = chance.randrange(len(content) + 1)
    stop = min(start + chance.choice((0, 1, 1, 2, 4, 30)), len(content))
    middle = chance.choice((b"", chance.randbytes(1), chance.randbytes(4), content[start:stop] * 2))
    return content[:start] + middle + content[stop:]


def _damage_bit(chance: Random, content: bytes) -> bytes:
    damaged = bytearray(content or b"0")
    damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _truncate(chance: Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _damage_token(chance: Random, content: bytes) -> bytes:
    """Replace a token by something odd, or insert it before a token."""
    tokens = list(_TOKEN.finditer(content))
    if not tokens:
        return chance.choice(_ODD_TOKENS)
    start, stop = chance.choice(tokens).span()
    return content[:start] + chance.choice(_ODD_TOKENS) + content[chance.choice((start, stop)) :]


def _swap_tokens(chance: Random, content: bytes) -> bytes:
    tokens = _TOKEN.findall(content)
    for _ in range(2 if tokens else 0):
        one, other = (chance.randrange(len(tokens)) for _ in range(2))
        tokens[one], tokens[other] = tokens[other], tokens[one]
    return b" ".join(tokens)


def _splice(chance: Random, content: bytes) -> bytes:
    other = json.dumps(random_document(chance)).encode()
    return _truncate(chance, content) + other[chance.randrange(len(other)) :]


def _encode_otherwise(chance: Random, content: bytes) -> bytes:
    encoding = chance.choice(("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"))
    return content.decode(errors="replace").encode(encoding, "replace")


def _other_structure(chance: Random, content: bytes) -> bytes:
    document = {"imgHeight": 4, "imgWidth": 4, "objects": [{"label": "car", "polygon": [[0, 0], [2, 2]]}]}
    holder: Any = chance.choice((document, document["objects"][0]))  # type: ignore[index]
    holder[chance.choice(_KEYS)] = _random_value(chance, 4)
    return json.dumps(chance.choice((document, document, _random_value(chance, 5)))).encode()


def _random_value(chance: Random, depth: int) -> Any:
    kind = chance.randrange(8 if depth else 6)
    if kind < 6:
        some = (None, True, chance.randint(-(2**70), 2**70), chance.randint(-5, 40), chance.gauss(0, 1e5))
        return chance.choice((*some, "", chance.choice(NAMES), chance.choice(_KEYS), float("nan"), float("inf")))
    number = chance.randint(0, 4)
    if kind == 6:
        return [_random_value(chance, depth - 1) for _ in range(number)]
    return {chance.choice(_KEYS): _random_value(chance, depth - 1) for _ in range(number)}


_DAMAGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _damage_bytes, _damage_bytes, _damage_bit, _damage_bit, _truncate, _damage_token, _damage_token, _damage_token,
    _damage_token, _swap_tokens, _splice, _encode_otherwise, _other_structure, _other_structure,
)  # fmt: skip
