"""Read an uploaded workbook in a process of its own, so that a bomb takes nothing down with it."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

from analysis.study.problems import Problem
from survey.designer import child
from survey.errors import TooBusy
from survey.instrument.questions import Form

LOG = logging.getLogger("minyi.designer")
ROOT = Path(__file__).resolve().parents[2]
CHILD = "survey.designer.child"
WAIT = 30.0  # seconds that an upload waits for the one before it
LONGEST_NAME = 80  # characters of a file's name that are kept
LONGEST_ENDING = 8
NAMELESS = "questionnaire.xlsx"

# SIGKILL is what the system itself does when its memory is at an end.
_ENDED_BY_LIMIT = (-signal.SIGXCPU, -signal.SIGKILL)
_FORM_TOO_LARGE = (
    f"不超过 {child.LARGEST_FORM // 1_000_000} MB 的问卷(题目、选项和各语言文字)",
    f"a form of at most {child.LARGEST_FORM // 1_000_000} MB (questions, choices, languages)",
)

# One at a time in each server process: the memory of several would be the machine's end.
_one_at_a_time = BoundedSemaphore(1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading may take.

    Attributes
    ----------
    memory : int
        Bytes of address space. Python with the reader takes 137 MB of it.
    processor : int
        Seconds of work; the example is read in one.
    seconds : float
        Until the process is ended whatever it does.
    """

    memory: int = 512 * 1024 * 1024
    processor: int = 10
    seconds: float = 30.0

    @property
    def megabytes(self) -> int:
        return self.memory // (1024 * 1024)


DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Reading:
    """A form, or every reason why it is none; ``left_out`` counts those that are not listed."""

    form: Form | None
    problems: tuple[Problem, ...]
    left_out: int = 0


def read_upload(name: str, content: bytes, limits: Limits = DEFAULT) -> Reading:
    """Read a workbook within limits; a refusal is a problem like any other.

    Raises
    ------
    TooBusy
        Another workbook is still being read.
    """
    name = file_name(name)
    if not _one_at_a_time.acquire(timeout=WAIT):
        raise TooBusy
    try:
        done = _run(name, content, limits)
    finally:
        _one_at_a_time.release()
    if done is None:
        return _beyond(name, limits, f"> {limits.seconds:g} s")
    if done.returncode == 0:
        return _reading(done.stdout)
    if done.returncode == child.OUT_OF_MEMORY:
        return _beyond(name, limits, f"> {limits.megabytes} MB")
    if done.returncode == child.FORM_TOO_LARGE:
        return _refused(name, "", *_FORM_TOO_LARGE)
    if done.returncode in _ENDED_BY_LIMIT:
        return _beyond(name, limits, f"> {limits.processor} s")
    LOG.error("the reader ended with %d: %s", done.returncode, _last_line(done.stderr))
    return _refused(name, "", "能读取的 XLSForm 工作簿", "an XLSForm workbook that can be read")


def file_name(given: str) -> str:
    """The name of an uploaded file without folders and without what cannot be seen.

    It is shown, and it names a form that has no id; it never names a file of ours.
    """
    base = given.replace("\\", "/").rpartition("/")[2]
    # Control and format characters, among them those that turn the reading direction.
    seen = "".join(one for one in base if unicodedata.category(one)[0] != "C").strip()
    stem, dot, ending = seen.rpartition(".") if "." in seen else (seen, "", "")
    return f"{stem[:LONGEST_NAME]}{dot}{ending[:LONGEST_ENDING]}" if stem else NAMELESS


def _run(name: str, content: bytes, limits: Limits) -> subprocess.CompletedProcess[bytes] | None:
    """The ended process; None if it had to be ended."""
    command = [sys.executable, "-m", CHILD, str(limits.memory), str(limits.processor)]
    # A folder of its own: what it writes goes with it, also when it was ended.
    with tempfile.TemporaryDirectory(prefix="minyi-") as folder:
        try:
            return subprocess.run(  # noqa: S603 - our own program; the file comes by its input
                command,
                input=json.dumps(name).encode() + b"\n" + content,
                capture_output=True,
                check=False,
                cwd=folder,
                env=_environment(folder),
                timeout=limits.seconds,
            )
        except subprocess.TimeoutExpired:
            return None


def _environment(folder: str) -> dict[str, str]:
    """What the reader needs, and none of our secrets."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "TMPDIR": folder,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",  # each thread takes address space
    }


def _reading(written: bytes) -> Reading:
    found = json.loads(written)
    form = None if found["form"] is None else Form.from_json(found["form"])
    problems = tuple(Problem(*fields) for fields in found["problems"])
    return Reading(form, problems, found["left_out"])


def _refused(name: str, found: str, zh: str, en: str) -> Reading:
    return Reading(None, (Problem(name, None, "", found, zh, en),))


def _beyond(name: str, limits: Limits, found: str) -> Reading:
    return _refused(
        name,
        found,
        f"在 {limits.processor} 秒和 {limits.megabytes} MB 内存内能读完的工作簿"
        "(通常的问卷一秒内读完)",
        f"a workbook that is read in {limits.processor} s and {limits.megabytes} MB of memory"
        " (a questionnaire commonly takes one second)",
    )


def _last_line(errors: bytes) -> str:
    """The kind of an error without its words: these may be those of a cell."""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].partition(":")[0] if lines else ""
