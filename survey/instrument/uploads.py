"""Whether a file may be parsed at all: its size, what it would unpack to, its cells."""

import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from io import BytesIO, StringIO
from typing import Any

import xlrd
from openpyxl import load_workbook
from pyxform.constants import SUPPORTED_SHEET_NAMES

from analysis.study.problems import Problem
from survey.instrument import limits

XLSX, XLS = ".xlsx", ".xls"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED = 0x1
_XML = (".xml", ".rels", ".vml")
# Where pyxform stops to look for more.
_ADJACENT_EMPTY_ROWS = 60
_COLUMNS_READ = limits.MAX_COLUMNS + 1
_LIMITS = {
    "rows": limits.MAX_ROWS,
    "columns": limits.MAX_COLUMNS,
    "cells": limits.MAX_CELLS,
    "characters": limits.MAX_CHARACTERS,
}
_WORDS = {
    "rows": "行",
    "columns": "列",
    "cells": "个单元格",
    "characters": "个字",
    "sheets": "个工作表",
}

Rows = Iterable[Sequence[Any]]


def suspicion(name: str, content: bytes) -> Problem | None:
    """What forbids to read a file; None if pyxform may have it.

    Sizes are those that the archive declares; Python reads no further than that. The
    cells are then counted without keeping them.
    """
    if len(content) > limits.MAX_UPLOAD:
        return Problem(
            name,
            None,
            "",
            f"{len(content)} bytes",
            f"最多 {limits.MAX_UPLOAD} 字节",
            f"at most {limits.MAX_UPLOAD} bytes",
        )
    if file_type(content) == XLS:
        return _suspicion_of_xls(name, content)
    return _suspicion_of_zip(name, content) or _suspicion_of_cells(name, content)


def file_type(content: bytes) -> str:
    """By the first bytes; a name says nothing."""
    return XLS if content.startswith(_OLE) else XLSX


def not_a_workbook(name: str, found: str) -> Problem:
    return Problem(
        name,
        None,
        "",
        found[:300],
        "XLS 或 XLSX 工作簿(在 Excel 或 WPS 中另存为 .xlsx)",
        "an XLS or XLSX workbook (save as .xlsx)",
    )


def _encrypted(name: str) -> Problem:
    return Problem(
        name,
        None,
        "",
        "encrypted",
        "没有密码的工作簿(另存时去掉密码)",
        "an XLS or XLSX workbook without a password",
    )


def _suspicion_of_zip(name: str, content: bytes) -> Problem | None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
        return not_a_workbook(name, "")
    unpacked = sum(member.file_size for member in members)
    parsed = sum(one.file_size for one in members if one.filename.lower().endswith(_XML))
    too_large = (
        len(members) > limits.MAX_MEMBERS
        or unpacked > limits.MAX_BYTES
        or parsed > limits.MAX_XML_BYTES
        or unpacked > limits.MAX_RATIO * max(len(content), 1)
    )
    if too_large:
        return Problem(
            name,
            None,
            "",
            f"{len(members)} files, {unpacked} bytes unpacked, {parsed} of them XML, "
            f"{len(content)} packed",
            f"最多 {limits.MAX_MEMBERS} 个成员,解压后不超过 {limits.MAX_BYTES} 字节"
            f"(其中 XML {limits.MAX_XML_BYTES} 字节)和压缩大小的 {limits.MAX_RATIO} 倍",
            f"at most {limits.MAX_MEMBERS} members, {limits.MAX_BYTES} bytes unpacked "
            f"({limits.MAX_XML_BYTES} of XML) and {limits.MAX_RATIO} times the packed size",
        )
    if any(member.flag_bits & _ENCRYPTED for member in members):
        return _encrypted(name)
    return None


def _suspicion_of_cells(name: str, content: bytes) -> Problem | None:
    try:
        with warnings.catch_warnings():
            # openpyxl remarks on styles and extensions, which say nothing about a form.
            warnings.simplefilter("ignore", UserWarning)
            with closing(load_workbook(BytesIO(content), read_only=True, data_only=True)) as book:
                return _too_many_cells(
                    name,
                    [
                        (one.title, one.iter_rows(max_col=_COLUMNS_READ, values_only=True))
                        for one in book.worksheets
                    ],
                )
    except Exception as error:  # openpyxl has no one class for what a broken workbook raises
        return not_a_workbook(name, f"{type(error).__name__}: {error}")


def _suspicion_of_xls(name: str, content: bytes) -> Problem | None:
    try:
        # Ragged and sheet by sheet: padded to one width, one cell could stand for millions.
        # Remarks on a damaged file would go to the standard output.
        with xlrd.open_workbook(
            file_contents=content, ragged_rows=True, on_demand=True, logfile=StringIO()
        ) as book:
            return _suspicion_of_sheets(name, book)
    except Exception as error:  # nor has xlrd
        if _ENCRYPTED_PACKAGE in content or "encrypted" in str(error).lower():
            return _encrypted(name)
        return not_a_workbook(name, f"{type(error).__name__}: {error}")


def _suspicion_of_sheets(name: str, book: xlrd.Book) -> Problem | None:
    if book.nsheets > limits.MAX_SHEETS:
        return _over(name, "", "sheets", book.nsheets, limits.MAX_SHEETS)
    padded = 0
    for title in book.sheet_names():
        sheet = book.sheet_by_name(title)
        widest = max((sheet.row_len(number) for number in range(sheet.nrows)), default=0)
        padded += sheet.nrows * widest
        if padded > limits.MAX_PADDED_CELLS:
            return _over(name, title, "cells", padded, limits.MAX_PADDED_CELLS)
        rows = (sheet.row_values(number) for number in range(sheet.nrows))
        if problem := _too_many_cells(name, [(title, rows)]):
            return problem
        book.unload_sheet(title)
    return None


def _too_many_cells(name: str, sheets: Sequence[tuple[str, Rows]]) -> Problem | None:
    """The first limit that a sheet exceeds; reading stops there."""
    if len(sheets) > limits.MAX_SHEETS:
        return _over(name, "", "sheets", len(sheets), limits.MAX_SHEETS)
    for title, rows in sheets:
        counts = dict.fromkeys(_LIMITS, 0)
        for number, row in enumerate(_until_empty(rows), start=1):
            if number == 1 and (odd := _no_text(row)) and title.lower() in SUPPORTED_SHEET_NAMES:
                zh, en = "文字的列名", "the name of a column, as a text"
                return Problem(f"{name}:{title}", 1, "", odd, zh, en)
            texts = [str(cell) for cell in row if not _is_empty(cell)]
            counts["rows"] += bool(texts)
            counts["columns"] = max(counts["columns"], _width(row))
            counts["cells"] += len(texts)
            counts["characters"] += sum(map(len, texts))
            for what, limit in _LIMITS.items():
                if counts[what] > limit:
                    return _over(name, title, what, counts[what], limit)
    return None


def _until_empty(rows: Rows) -> Iterator[Sequence[Any]]:
    """The rows up to the run of empty ones after which pyxform reads no further."""
    empty = 0
    for row in rows:
        empty = empty + 1 if all(map(_is_empty, row)) else 0
        if empty > _ADJACENT_EMPTY_ROWS:
            return
        yield row


def _no_text(row: Sequence[Any]) -> str:
    """The first cell that is a number or a date: no header for pyxform."""
    return next((str(cell) for cell in row if not (_is_empty(cell) or isinstance(cell, str))), "")


def _is_empty(cell: Any) -> bool:
    return cell is None or cell == "" or (isinstance(cell, str) and cell.isspace())


def _width(row: Sequence[Any]) -> int:
    return max((place for place, cell in enumerate(row, start=1) if not _is_empty(cell)), default=0)


def _over(name: str, sheet: str, what: str, found: int, limit: int) -> Problem:
    return Problem(
        f"{name}:{sheet}" if sheet else name,
        None,
        "",
        f"{found} {what}",
        f"最多 {limit} {_WORDS[what]}",
        f"at most {limit} {what}",
    )
