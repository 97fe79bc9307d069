"""What each test's own app would compile anew, compiled once for a whole process of tests."""

from collections.abc import Callable
from typing import Any

from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class CompiledOnce(BytecodeCache):
    """Keeps compiled templates in memory for all apps of a process.

    Nearly every test makes an app, and compiling its templates anew was almost
    half of the time that a test took. A template that changes is compiled again:
    the checksum of its source is compared.
    """

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._compiled.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


def compile_rules_once() -> None:
    """Keep what werkzeug compiles of an address: its text and parts say all of it.

    Some ninety addresses were two thirds of the time that making an app took. The
    compiled function finds the rule it belongs to when it is called.
    """
    compile_builder: Any = Rule._compile_builder
    known: dict[tuple[object, ...], Builder] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Builder:
        key = rule.rule, append_unknown, tuple(rule._trace), str(rule.defaults)
        if key not in known:
            known[key] = compile_builder(rule, append_unknown)
        return known[key]

    Rule._compile_builder = once
