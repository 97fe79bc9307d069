"""One CSV file of the folder: UTF-8, a header, the physical line of each row."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.study.problems import Problem


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A table as read.

    Attributes
    ----------
    name : str
        Path inside the folder.
    header : tuple of str
    rows : list of lists of str
        Each as long as the header, texts without spaces at their ends.
    lines : list of int
        Physical line where each row begins; the header is line 1.
    """

    name: str
    header: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str]:
        """A column's texts; all "" when the file has no such column."""
        if name not in self.header:
            return [""] * len(self.rows)
        place = self.header.index(name)
        return [row[place] for row in self.rows]

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Line and row by column name."""
        for line, row in zip(self.lines, self.rows, strict=True):
            yield line, dict(zip(self.header, row, strict=True))


def read_csv(
    name: str, data: bytes, required: Sequence[str], problems: list[Problem]
) -> CsvFile | None:
    """Read a CSV file; every fault is noted, None when it is no table at all."""
    text = decode(name, data, problems)
    if text is None:
        return None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        problems.append(Problem(name, line, "", "NUL", "无 NUL 字符的文本", "text without NUL"))
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    header: list[str] | None = None
    begins = 1
    try:
        for row in reader:
            if header is None:
                header = [cell.strip() for cell in row]
            elif row:
                _keep(name, begins, row, header, rows, lines, problems)
            begins = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(name, begins, "", str(error), "合法的 CSV", "well-formed CSV"))
        return None
    return _table(name, header or [], rows, lines, required, problems)


def decode(name: str, data: bytes, problems: list[Problem]) -> str | None:
    """The text of a UTF-8 file, a BOM removed; None, and a fault with the line, otherwise."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = data[error.start : error.end].hex(" ")
        problems.append(Problem(name, line, "", found, "UTF-8 编码", "UTF-8"))
        return None


def _keep(
    name: str,
    line: int,
    row: list[str],
    header: list[str],
    rows: list[list[str]],
    lines: list[int],
    problems: list[Problem],
) -> None:
    if len(row) != len(header):
        wanted = len(header)
        problems.append(
            Problem(name, line, "", f"{len(row)}", f"{wanted} 个单元格", f"{wanted} cells")
        )
        return  # whose cells are whose is unknown
    rows.append([cell.strip() for cell in row])
    lines.append(line)


def _table(
    name: str,
    header: list[str],
    rows: list[list[str]],
    lines: list[int],
    required: Sequence[str],
    problems: list[Problem],
) -> CsvFile | None:
    if not header:
        problems.append(Problem(name, 1, "", "", "表头", "a header"))
        return None
    twice = {column for column in header if column and header.count(column) > 1}
    problems += [
        Problem(name, 1, column, column, "列名不重复", "a column named once")
        for column in sorted(twice)
    ]
    missing = [column for column in required if column not in header]
    problems += [
        Problem(name, 1, column, "", "必需的列", "a required column") for column in missing
    ]
    if twice or missing:
        return None
    return CsvFile(name, tuple(header), rows, lines)
