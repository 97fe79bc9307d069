"""Puts the rows between ``begin`` and ``end`` into their groups and repeats."""

from dataclasses import dataclass, field

from pyxform import aliases
from pyxform.xls2json import RE_BEGIN_CONTROL, RE_END_CONTROL

from survey.instrument.items import Item
from survey.instrument.limits import MAX_DEPTH
from survey.instrument.rows import RowReader, with_name
from survey.instrument.workbook import Row

_GROUP, _REPEAT = "group", "repeat"


@dataclass(slots=True)
class _Open:
    """A group whose end has not come; ``is_flat``: its rows go into the group around it."""

    row: Row
    control: str
    is_flat: bool
    children: list[Item] = field(default_factory=list)


class Nesting:
    """The items of a sheet as they nest."""

    def __init__(self, reader: RowReader) -> None:
        self._reader = reader
        self._open: list[_Open] = []
        self._top: list[Item] = []
        self._depth = 0

    def items(self, rows: list[Row]) -> tuple[Item, ...]:
        for row in rows:
            if aliases.yes_no.get(row.text("disabled")):
                continue
            self._place(row)
        for opened in reversed(self._open):
            found = opened.row.text("name")
            self._reader.fault(opened.row, "type", found, "对应的 end_group", "an end_group for it")
            self._top += opened.children
        return tuple(self._top)

    def _place(self, row: Row) -> None:
        written = row.text("type")
        if not written:
            if row.text("name") or row.translations("label"):
                self._reader.fault(row, "type", "", "题型", "a type")
            return
        if begin := RE_BEGIN_CONTROL.search(written):
            self._begin(row, aliases.control[begin["type"]])
        elif end := RE_END_CONTROL.search(written):
            self._close(row, aliases.control[end["type"]])
        else:
            self._siblings().extend(self._reader.questions(row))

    def _begin(self, row: Row, control: str) -> None:
        found = with_name(row, row.text("type"))
        is_flat = False
        if control not in {_GROUP, _REPEAT}:
            zh = "begin_group 或 begin_repeat(不支持 loop)"
            en = "begin_group or begin_repeat; loops are not supported"
            self._reader.fault(row, "type", found, zh, en)
            is_flat = True
        elif control == _REPEAT and self._in_repeat():
            zh = "begin_group(重复组中不能再有重复组)"
            en = "begin_group; a repeat within a repeat is not supported"
            self._reader.fault(row, "type", found, zh, en)
            is_flat = True
        elif self._depth >= MAX_DEPTH:
            self._reader.fault(
                row, "type", found, f"最多 {MAX_DEPTH} 层", f"at most {MAX_DEPTH} levels"
            )
            is_flat = True
        if is_flat:
            self._reader.names.add(row.text("name"))
        self._open.append(_Open(row, control, is_flat))
        self._depth += not is_flat

    def _in_repeat(self) -> bool:
        """A refused repeat stands within one that is not, so few have to be looked at."""
        return any(one.control == _REPEAT for one in self._open)

    def _close(self, row: Row, control: str) -> None:
        if not self._open or self._open[-1].control != control:
            found = row.text("type")
            zh, en = "与 begin 配对的 end", "the end of what is open"
            self._reader.fault(row, "type", found, zh, en)
            return
        closed = self._open.pop()
        if closed.is_flat:
            self._siblings().extend(closed.children)
            return
        self._depth -= 1
        repeats = control == _REPEAT
        group = self._reader.group(closed.row, tuple(closed.children), repeats=repeats)
        self._siblings().append(group)

    def _siblings(self) -> list[Item]:
        return self._open[-1].children if self._open else self._top
