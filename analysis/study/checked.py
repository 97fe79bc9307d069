"""Reading a table of study.toml with every fault noted at its dotted key."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from math import isfinite

from analysis.study.files import PLAN_FILE as FILE
from analysis.study.problems import Problem


class Faults:
    """Collects what is wrong and what is only odd."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []


class CheckedTable:
    """One table of study.toml; a getter returns a usable value and notes any fault."""

    def __init__(self, values: Mapping[str, object], path: str, faults: Faults) -> None:
        self.values, self.path, self.faults = values, path, faults
        self._known: set[str] = set()

    def key(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def fault(self, name: str, found: object, zh: str, en: str) -> None:
        self.faults.problems.append(Problem(FILE, None, self.key(name), shown(found), zh, en))

    def warn(self, name: str, found: object, zh: str, en: str) -> None:
        self.faults.warnings.append(Problem(FILE, None, self.key(name), shown(found), zh, en))

    def has(self, name: str) -> bool:
        return name in self.values

    def raw(self, name: str) -> object:
        """The value as it stands, for shapes that the caller checks; None where absent."""
        return self._get(name, required=False)

    def text(self, name: str, *, default: str | None = None, empty: bool = False) -> str:
        value = self._get(name, required=default is None, zh="文字", en="text")
        if value is None:
            return default or ""
        if not isinstance(value, str) or (not value.strip() and not empty):
            self.fault(name, value, "非空文字", "text that is not empty")
            return default or ""
        return value

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self.has(name) else None

    def choice(self, name: str, allowed: Collection[str], *, default: str | None = None) -> str:
        value = self._get(name, required=default is None, zh=_one_of(allowed), en=_one_of(allowed))
        fallback = default if default is not None else next(iter(allowed))
        if value is None:
            return fallback
        if value not in allowed:
            self.fault(name, value, f"其中之一:{_one_of(allowed)}", f"one of {_one_of(allowed)}")
            return fallback
        return str(value)

    def texts(self, name: str, *, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        value = self._get(name, required=default is None, zh="文字列表", en="a list of texts")
        if value is None:
            return default or ()
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            self.fault(name, value, "文字列表", "a list of texts")
            return default or ()
        if len(set(value)) < len(value):
            self.fault(name, value, "各项互不相同", "texts that differ")
        return tuple(dict.fromkeys(value))

    def some(self, name: str) -> tuple[str, ...]:
        """A list of texts that names at least one."""
        found = self.texts(name)
        if self.values.get(name) == []:
            self.fault(name, [], "非空列表", "a list that is not empty")
        return found

    def day(self, name: str) -> date:
        value = self._get(name, required=True, zh="日期,如 2026-03-02", en="a date: 2026-03-02")
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None:
            self.fault(name, value, "日期,如 2026-03-02", "a date such as 2026-03-02")
        return date.min

    def number(
        self, name: str, *, above: float, below: float | None = None, default: float | None = None
    ) -> float:
        limit = f"> {above:g}" + ("" if below is None else f", < {below:g}")
        value = self._get(name, required=default is None, zh=f"数 {limit}", en=f"a number {limit}")
        if value is None:
            return default if default is not None else above + 1
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not isfinite(value)
            or value <= above
            or (below is not None and value >= below)
        ):
            self.fault(name, value, f"数 {limit}", f"a number {limit}")
            return default if default is not None else above + 1
        return float(value)

    def integer(self, name: str, *, least: int, default: int) -> int:
        value = self._get(name, required=False)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.fault(name, value, f"整数 ≥ {least}", f"a whole number >= {least}")
            return default
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._get(name, required=False)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fault(name, value, "true 或 false", "true or false")
            return default
        return value

    def table(self, name: str, *, required: bool = False) -> "CheckedTable | None":
        value = self._get(name, required=required, zh="一个表", en="a table")
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fault(name, value, "一个表", "a table")
            return None
        return CheckedTable(value, self.key(name), self.faults)

    def tables(self, name: str) -> list["CheckedTable"]:
        """An array of tables; each is called by its id, or its place, in faults."""
        value = self._get(name, required=True, zh=f"至少一个 [[{name}]]", en=f"a [[{name}]]")
        if value is None:
            return []
        if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
            self.fault(name, value, f"至少一个 [[{name}]]", f"at least one [[{name}]]")
            return []
        found = []
        seen: set[str] = set()
        for place, item in enumerate(value, 1):
            label = item.get("id") if isinstance(item.get("id"), str) else str(place)
            table = CheckedTable(item, f"{self.key(name)}.{label}", self.faults)
            if label in seen:
                table.fault("id", label, "不重复的 id", "an id used once")
            seen.add(str(label))
            found.append(table)
        return found

    def warn_of_unknown(self) -> None:
        """Warn of keys that nobody asked for: a typing error would else pass in silence."""
        for name in self.values:
            if name not in self._known:
                self.warn(name, name, "已知的键(此键未使用)", "a known key (this one is not used)")

    def _get(self, name: str, *, required: bool, zh: str = "", en: str = "") -> object:
        self._known.add(name)
        value = self.values.get(name)
        if value is None and required:
            self.fault(name, "", zh or "必填", en or "a value")
        return value


def shown(value: object) -> str:
    """A value as it is printed in a fault."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else repr(value)


def _one_of(allowed: Collection[str]) -> str:
    return " | ".join(allowed)
