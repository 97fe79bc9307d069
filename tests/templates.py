"""Templates compiled once for a whole process of tests."""

from jinja2.bccache import Bucket, BytecodeCache


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
