"""An uploaded workbook is read in a process of its own, within limits, whatever it is named."""

import os
import random
import resource
import signal
import subprocess
import sys
import threading

import pytest

from survey.designer import child, reading
from survey.designer.reading import Limits, file_name, read_upload
from survey.errors import TooBusy
from tests.survey.designer.workbooks import HEAN_BYTES, made, packed, row, with_rows
from tests.survey.instrument.known_forms import HEAN

MEGABYTE = 1024 * 1024


def numbers(rows, columns):
    """A workbook full of numbers: small as a file, long to read."""
    drawn = random.Random(1)
    return with_rows(
        "".join(
            row(number, *(drawn.getrandbits(20) for _ in range(columns)))
            for number in range(3, rows)
        )
    )


def texts(rows, characters):
    """A form of long texts: it takes memory, and nothing is wrong with it."""
    drawn = random.Random(1)
    return with_rows(
        "".join(
            row(number, "text", f"q{number}", "".join(drawn.choices("abcdefgh ", k=characters)))
            for number in range(3, rows)
        )
    )


def only(found):
    (problem,) = found.problems
    return problem


def test_a_form_is_the_same_as_read_without_a_process():
    found = read_upload("questionnaire.xlsx", HEAN_BYTES)
    assert found.form == HEAN.form
    assert found.problems == ()


def test_problems_keep_their_places_and_both_languages():
    content = made([["type", "name", "label"], ["text", "q1", ""], ["nonsense", "q2", "Q"]])
    found = read_upload("问卷.xlsx", content)
    assert found.form is None
    assert [(one.file, one.row, one.column) for one in found.problems] == [
        ("问卷.xlsx:survey", 2, "label"),
        ("问卷.xlsx:survey", 3, "type"),
    ]
    assert all(one.expected_zh and one.expected_en for one in found.problems)


def test_what_takes_too_long_is_ended_and_refused_in_words():
    content = numbers(3000, 3)
    stopped = read_upload("bomb.xlsx", content, Limits(processor=1))
    assert stopped.form is None
    assert only(stopped).found == "> 1 s"
    assert "1 秒" in only(stopped).expected_zh
    # control: without the limit the same file gets through to the reader
    let_in = read_upload("bomb.xlsx", content, Limits(processor=600, seconds=600))
    assert len(let_in.problems) > 1
    assert {one.column for one in let_in.problems} >= {"type", "name"}


def enough_for_a_small_form():
    """Megabytes: what Python and the reader take by themselves differs from machine to machine."""
    for megabytes in range(90, 300, 10):
        limits = Limits(memory=megabytes * MEGABYTE, processor=60)
        if read_upload("small.xlsx", texts(6, 50), limits).form is not None:
            return megabytes
    raise AssertionError("a small form is never read")


def test_what_takes_too_much_memory_is_ended_and_refused_in_words():
    content, least = texts(450, 5000), enough_for_a_small_form()
    stopped = read_upload("bomb.xlsx", content, Limits(memory=least * MEGABYTE, processor=60))
    assert only(stopped).found == f"> {least} MB"
    assert f"{least} MB" in only(stopped).expected_en
    # control: with the memory that it takes it is a form
    let_in = read_upload("bomb.xlsx", content, Limits(processor=600, seconds=600))
    assert let_in.form is not None


def test_a_bomb_of_numbers_is_refused_by_its_size_before_it_takes_time():
    # As much XML as takes longer than the seconds allowed is more than may be unpacked.
    found = read_upload("bomb.xlsx", numbers(4000, 50))
    assert found.form is None
    assert "bytes unpacked" in only(found).found
    assert "10000000 of XML" in only(found).expected_en


def test_a_process_that_does_nothing_is_ended_too(monkeypatch):
    monkeypatch.setattr(reading, "CHILD", "this")  # prints a poem and ends well before
    monkeypatch.setattr(reading, "_environment", lambda _: {"PATH": os.environ["PATH"]})
    found = read_upload("x.xlsx", HEAN_BYTES, Limits(seconds=0.0))
    assert only(found).found == "> 0 s"


def test_a_reader_that_dies_of_itself_is_a_refusal_and_a_line_in_the_log(monkeypatch, caplog):
    monkeypatch.setattr(reading, "CHILD", "no.such.module")
    found = read_upload("x.xlsx", HEAN_BYTES)
    assert found.form is None
    assert only(found).expected_zh == "能读取的 XLSForm 工作簿"
    assert "ended with 1" in caplog.text


def test_a_form_too_large_to_be_kept_is_refused():
    drawn = random.Random(1)
    rows = [["type", "name", *(f"label::L{code} ({code})" for code in ("aa", "bb", "cc", "dd"))]]
    for number in range(300):
        words = ["".join(drawn.choices("您知道本市在创建文明城市吗", k=1500)) for _ in range(4)]
        rows.append(["text", f"q{number}", *words])
    found = read_upload("x.xlsx", made(rows), Limits(processor=60, seconds=120))
    assert found.form is None
    assert only(found).expected_en.startswith("a form of at most 10 MB")


def test_more_problems_than_anybody_reads_are_counted():
    rows = [["type", "name", "label"], *[["nonsense", f"q{n}", "Q"] for n in range(600)]]
    found = read_upload("x.xlsx", made(rows), Limits(processor=60, seconds=120))
    assert len(found.problems) == child.MOST_PROBLEMS
    assert found.left_out == 100


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "XLS"),
        (b"not a workbook", "XLS"),
        (b"PK\x03\x04 broken", "XLS"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "XLS"),
        (packed({"xl/workbook.xml": b"0" * 20_000_000}), "at most"),  # 1,000 times its size
        (packed({f"{number}.xml": b"" for number in range(300)}), "at most"),
        (packed({"[Content_Types].xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "XLS"),
    ],
)
def test_what_is_no_workbook_is_one_problem(content, words):
    found = read_upload("x.xlsx", content)
    assert found.form is None
    assert words in only(found).expected_en


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("问卷.xlsx", "问卷.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\form.xls", "form.xls"),
        ("a/b\\c.xlsx", "c.xlsx"),
        ("", reading.NAMELESS),
        (".xlsx", reading.NAMELESS),
        ("/", reading.NAMELESS),
        ("\x00\x1b[2J.xlsx", "[2J.xlsx"),
        ("exe.\u202exslx", "exe.xslx"),  # would be read from right to left
        ("a\r\nb.xlsx", "ab.xlsx"),
        ("\udc80.xlsx", reading.NAMELESS),
        ("x" * 5000 + ".xlsx", "x" * 80 + ".xlsx"),
        ("a." + "y" * 5000, "a." + "y" * 8),
        ('<img src=x onerror="1">.xlsx', '<img src=x onerror="1">.xlsx'),  # a page escapes it
    ],
)
def test_a_hostile_file_name_is_cut_to_what_can_be_shown(given, kept):
    assert file_name(given) == kept


def test_the_name_reaches_the_reader_as_a_name_only(tmp_path):
    target = tmp_path / "here"
    found = read_upload(f"{target};touch {target}.xlsx", b"PK nothing")
    assert found.form is None
    assert list(tmp_path.iterdir()) == []


def test_the_reader_has_none_of_the_servers_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "vT9kq2LxW7hRb4ZsYd8nMf3JpCa6GuEo")
    monkeypatch.setenv("MINYI_DATABASE_URL", "sqlite:///secret")
    given = reading._environment("/tmp")
    assert not {"SECRET_KEY", "MINYI_DATABASE_URL", "HOME"} & given.keys()
    assert "vT9kq" not in repr(given)


def test_the_limits_hold_in_the_process_that_sets_them():
    script = (
        "import resource; from survey.designer.child import limit;"
        "limit(memory=400 * 1024 * 1024, seconds=7);"
        "print([resource.getrlimit(one) for one in"
        " (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    size = 400 * MEGABYTE
    assert done.stdout.strip() == str([(size, size), (7, 8), (0, 0)])
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != size  # not in this one
    assert -signal.SIGXCPU in reading._ENDED_BY_LIMIT


def test_nothing_stays_of_a_process_that_was_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(reading.tempfile, "tempdir", str(tmp_path))
    read_upload("x.xlsx", HEAN_BYTES)
    read_upload("x.xlsx", HEAN_BYTES, Limits(seconds=0.5))
    assert list(tmp_path.iterdir()) == []


def test_two_workbooks_are_not_read_at_once(monkeypatch):
    monkeypatch.setattr(reading, "WAIT", 0.01)
    with reading._one_at_a_time:
        pass  # it is free
    held = threading.Event()
    free = threading.Event()

    def hold():
        with reading._one_at_a_time:
            held.set()
            free.wait(60)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(60)
    with pytest.raises(TooBusy):
        read_upload("x.xlsx", HEAN_BYTES)
    free.set()
    other.join()
    assert read_upload("x.xlsx", HEAN_BYTES).form is not None
