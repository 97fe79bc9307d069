"""A list of sampled households as it is pasted or uploaded: read whole, or refused whole."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.models import Area, Household, HouseholdStatus, Level, Sample
from survey.points.service import Drawn
from survey.printing.faults import is_invisible

MOST_LISTED = 2000  # households in one list
LARGEST_NUMBER = 999_999
LONGEST_ADDRESS = 80  # characters; the window of an envelope has room for no more
LEVELS = frozenset({Level.VILLAGE, Level.GRID})  # where households are drawn
# Names that the columns may have. Without a first line of names the columns are in this order.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "area": ("area", "区划代码", "区划", "area code"),
    "address": ("address", "地址"),
    "number": ("number", "户号", "编号"),
}
ENCODINGS = ("utf-8-sig", "gb18030")  # what spreadsheets write in China


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong; ``line`` is None where it is the list as a whole."""

    line: int | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a list is held against: areas of the user, and the sample's households."""

    areas: Mapping[str, str]
    numbers: frozenset[int]
    addresses: frozenset[tuple[str, str]]


def known_of(session: Session, sample: Sample, scope: frozenset[str]) -> Known:
    """Communities and grids of the scope with their levels, numbers and addresses taken."""
    areas = session.execute(
        sa.select(Area.code, Area.level).where(
            Area.study_id == sample.study_id, Area.code.in_(scope)
        )
    )
    drawn = session.execute(
        sa.select(Household.number, Household.area_code, Household.address, Household.status).where(
            Household.sample_id == sample.id
        )
    ).all()
    return Known(
        areas={row.code: row.level for row in areas},
        numbers=frozenset(row.number for row in drawn),
        addresses=frozenset(
            (row.area_code, row.address)
            for row in drawn
            if row.address and row.status is not HouseholdStatus.REVOKED
        ),
    )


def decoded(content: bytes) -> str | None:
    """The text of an uploaded file; None where it is no text in an encoding of spreadsheets."""
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def read_list(text: str, known: Known) -> tuple[list[Drawn], list[Fault]]:
    """The households of a list, or everything that is wrong with it; never both."""
    try:
        lines = list(_lines(text))
    except csv.Error as error:
        return [], [Fault(None, f"列表不是 CSV: {error}。", f"The list is no CSV: {error}.")]
    columns = dict(enumerate(COLUMNS))
    if lines and _column_of(lines[0][1][0]) is not None:
        columns, faults = _header(*lines.pop(0))
        if faults:
            return [], faults
    if not lines:
        return [], [Fault(None, "列表是空的。", "The list is empty.")]
    if len(lines) > MOST_LISTED:
        return [], [
            Fault(
                None,
                f"一次最多 {MOST_LISTED} 户,列表有 {len(lines)} 行。",
                f"At most {MOST_LISTED} households at once; the list has {len(lines)} lines.",
            )
        ]
    reader = _Reader(known)
    drawn = [reader.household(line, cells, columns) for line, cells in lines]
    return ([] if reader.faults else drawn), reader.faults


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number and trimmed cells of each line that is not empty."""
    first = text.lstrip("\ufeff\r\n").partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text.removeprefix("\ufeff"), newline=""),
        delimiter="\t" if "\t" in first else ",",
        strict=True,
    )
    for cells in reader:
        trimmed = [cell.strip() for cell in cells]
        if any(trimmed):
            yield reader.line_num, trimmed


def _column_of(name: str) -> str | None:
    lower = name.strip().lower()
    return next((column for column, names in COLUMNS.items() if lower in names), None)


def _header(line: int, cells: Sequence[str]) -> tuple[dict[int, str], list[Fault]]:
    columns: dict[int, str] = {}
    faults = []
    for place, name in enumerate(cells):
        column = _column_of(name)
        if column is None or column in columns.values():
            wanted = ", ".join(COLUMNS)
            faults.append(
                Fault(
                    line,
                    f"列“{name}”不认识或重复,应为 {wanted}。",
                    f"The column “{name}” is unknown or twice there; columns are {wanted}.",
                )
            )
        else:
            columns[place] = column
    if "area" not in columns.values():
        faults.append(Fault(line, "缺少列 area。", "The column area is missing."))
    return columns, faults


class _Reader:
    """Judges one line after the other and remembers what those before it had."""

    def __init__(self, known: Known) -> None:
        self.faults: list[Fault] = []
        self._known = known
        self._numbers: dict[int, int] = {}  # number -> line
        self._addresses: dict[tuple[str, str], int] = {}

    def household(self, line: int, cells: Sequence[str], columns: Mapping[int, str]) -> Drawn:
        if len(cells) > len(columns):
            self._fault(
                line,
                f"有 {len(cells)} 列,最多 {len(columns)} 列;地址中有逗号时请加英文引号。",
                f"There are {len(cells)} columns instead of {len(columns)};"
                " quote an address that has a comma.",
            )
        row = {columns[place]: cell for place, cell in enumerate(cells[: len(columns)])}
        area, address = row.get("area", ""), row.get("address", "")
        self._area(line, area)
        self._address(line, area, address)
        return Drawn(area, address, self._number(line, row.get("number", "")))

    def _fault(self, line: int, zh: str, en: str) -> None:
        self.faults.append(Fault(line, zh, en))

    def _area(self, line: int, area: str) -> None:
        level = self._known.areas.get(area)
        if level is None:
            self._fault(
                line,
                f"区划代码“{area}”不在您的区域内。",
                f"The area code “{area}” is not in your area.",
            )
        elif level not in LEVELS:
            self._fault(
                line,
                f"“{area}”不是社区(村)或网格。",
                f"“{area}” is neither a community nor a grid.",
            )

    def _address(self, line: int, area: str, address: str) -> None:
        if len(address) > LONGEST_ADDRESS:
            self._fault(
                line,
                f"地址超过 {LONGEST_ADDRESS} 个字。",
                f"The address is longer than {LONGEST_ADDRESS} characters.",
            )
        if any(map(is_invisible, address)):
            self._fault(
                line,
                "地址含有看不见的字符或换行。",
                "The address has invisible characters or a line break.",
            )
        if not address:
            return
        if (area, address) in self._known.addresses:
            self._fault(
                line,
                f"“{address}”在这个样本中已有码。",
                f"“{address}” has a code in this sample already.",
            )
        before = self._addresses.setdefault((area, address), line)
        if before != line:
            self._fault(
                line, f"与第 {before} 行是同一地址。", f"The address is that of line {before}."
            )

    def _number(self, line: int, text: str) -> int | None:
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LARGEST_NUMBER):
            self._fault(
                line,
                f"户号“{text}”应为 1 到 {LARGEST_NUMBER} 的整数。",
                f"The number “{text}” must be whole, from 1 to {LARGEST_NUMBER}.",
            )
            return None
        number = int(text)
        if number in self._known.numbers:
            self._fault(
                line,
                f"户号 {number} 在这个样本中已有。",
                f"The number {number} is taken in this sample.",
            )
        before = self._numbers.setdefault(number, line)
        if before != line:
            self._fault(
                line, f"户号与第 {before} 行相同。", f"The number is that of line {before}."
            )
        return number
