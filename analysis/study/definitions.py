"""indicators.csv and margins.csv: what each rate counts, and the population totals."""

from collections.abc import Mapping, Sequence

from analysis.calibration import Margin
from analysis.codebook import Codebook, VariableKind
from analysis.indicators import Indicator, IndicatorKind
from analysis.study.cell_texts import is_amount, is_number, is_positive
from analysis.study.csvfile import CsvFile
from analysis.study.problems import Problem

INDICATOR_COLUMNS = (
    "code", "name_zh", "name_en", "kind", "question", "numerator", "denominator", "scores",
    "weights", "target", "note",
)  # fmt: skip
MARGIN_COLUMNS = ("margin", "category", "total")
KINDS = tuple(kind.value for kind in IndicatorKind)
DIRECTIONS = ("", "higher", "lower")


def read_indicators(
    table: CsvFile,
    codebook: Codebook | None,
    paddings: Mapping[str, Mapping[str, str]],
    problems: list[Problem],
    warnings: list[Problem],
) -> tuple[Indicator, ...]:
    """All indicator definitions; codes are checked against the codebook where there is one."""
    indicators: list[Indicator] = []
    seen: set[str] = set()
    for line, row in table.records():
        reader = _DefinitionReader(table.name, line, row, codebook, paddings, problems, warnings)
        if row["code"] in seen:
            reader.fault("code", row["code"], "不重复的代码", "a code used once")
        seen.add(row["code"])
        indicators.append(reader.read())
    if not table.rows:
        problems.append(Problem(table.name, 1, "code", "", "至少一个指标", "an indicator"))
    return tuple(indicators)


class _DefinitionReader:
    """One row of indicators.csv."""

    def __init__(
        self,
        file: str,
        line: int,
        row: Mapping[str, str],
        codebook: Codebook | None,
        paddings: Mapping[str, Mapping[str, str]],
        problems: list[Problem],
        warnings: list[Problem],
    ) -> None:
        self.file, self.line, self.row = file, line, row
        self.codebook, self.paddings = codebook, paddings
        self.problems, self.warnings = problems, warnings

    def fault(self, column: str, found: str, zh: str, en: str) -> None:
        self.problems.append(Problem(self.file, self.line, column, found, zh, en))

    def read(self) -> Indicator:
        row = self.row
        for column in ("code", "name_zh"):
            if not row[column]:
                self.fault(column, "", "非空", "a text that is not empty")
        if row["kind"] not in KINDS:
            self.fault("kind", row["kind"], " | ".join(KINDS), " | ".join(KINDS))
        kind = IndicatorKind(row["kind"]) if row["kind"] in KINDS else IndicatorKind.RATE
        questions = self._questions(kind)
        denominator = self._codes("denominator", questions)
        numerator = self._codes("numerator", questions) if kind is IndicatorKind.RATE else ()
        if kind is IndicatorKind.RATE:
            self._check_rate(numerator, denominator)
        if row.get("direction", "") not in DIRECTIONS:
            self.fault("direction", row["direction"], "higher | lower", "higher | lower")
        return Indicator(
            code=row["code"],
            name_zh=row["name_zh"],
            name_en=row["name_en"] or row["name_zh"],
            kind=kind,
            questions=questions,
            multiple=frozenset(q for q in questions if self._is_multiple(q)),
            numerator=frozenset(numerator),
            denominator=frozenset(denominator),
            scores={} if kind is IndicatorKind.RATE else self._scores(questions, denominator),
            weights=self._weights(questions) if kind is IndicatorKind.INDEX else (),
            target=self._target(kind),
            note=row["note"],
            lower_is_better=row.get("direction", "") == "lower",
        )

    def _questions(self, kind: IndicatorKind) -> tuple[str, ...]:
        text = self.row["question"]
        questions = tuple(text.split("|")) if kind is IndicatorKind.INDEX else (text,)
        for question in questions:
            known = self.codebook is None or self.codebook.get(question) is not None
            if not question or not known:
                self.fault("question", question, "问卷中的题目", "a question of the questionnaire")
            elif kind is not IndicatorKind.RATE and self._is_multiple(question):
                self.fault("question", question, "单选题", "a question with one answer")
        if len(set(questions)) < len(questions):
            self.fault("question", text, "各题不同", "questions that differ")
        return questions

    def _is_multiple(self, question: str) -> bool:
        variable = self.codebook.get(question) if self.codebook else None
        return variable is not None and variable.kind is VariableKind.MULTIPLE

    def _codes(self, column: str, questions: Sequence[str]) -> tuple[str, ...]:
        text = self.row[column]
        if not text:
            self.fault(column, "", "以 | 连接的代码", "answer codes joined by |")
            return ()
        return tuple(self._code(column, code, questions) for code in text.split("|"))

    def _code(self, column: str, code: str, questions: Sequence[str]) -> str:
        """The code as the answers have it; it must be one of the question's, or of an item's."""
        written = code
        known = False
        for question in questions:
            padding = self.paddings.get(question, {})
            variable = self.codebook.get(question) if self.codebook else None
            written = padding.get(code, written)
            known |= variable is None or not variable.codes or code in variable.codes | set(padding)
        if not code or not known:
            names = "|".join(questions)
            self.fault(column, code, f"{names} 的选项代码", f"an answer code of {names}")
        return written

    def _check_rate(self, numerator: Sequence[str], denominator: Sequence[str]) -> None:
        for code in numerator:
            if denominator and code not in denominator:
                self.warnings.append(
                    Problem(
                        self.file,
                        self.line,
                        "numerator",
                        code,
                        "分母中的代码(不在分母的代码不计)",
                        "a code of the denominator (others do not count)",
                    )
                )

    def _scores(self, questions: Sequence[str], denominator: Sequence[str]) -> dict[str, float]:
        scores: dict[str, float] = {}
        for part in self.row["scores"].split("|"):
            code, colon, points = part.partition(":")
            if not colon or not is_number(points) or code in scores:
                self.fault("scores", part, "代码:分值,如 1:100|2:80", "code:points as 1:100|2:80")
                continue
            scores[self._code("scores", code, questions)] = float(points)
        for code in denominator:
            if code not in scores:
                self.fault("scores", self.row["scores"], f"{code} 的分值", f"points for {code}")
                scores[code] = 0.0
        if len(set(scores.values())) == 1:
            self.fault("scores", self.row["scores"], "不全相同的分值", "points that differ")
        return scores or {"": 0.0}

    def _weights(self, questions: Sequence[str]) -> tuple[float, ...]:
        texts = self.row["weights"].split("|")
        if len(texts) != len(questions) or not all(is_positive(text) for text in texts):
            size = len(questions)
            self.fault("weights", self.row["weights"], f"{size} 个正数", f"{size} numbers above 0")
            return (1.0,) * size
        return tuple(float(text) for text in texts)

    def _target(self, kind: IndicatorKind) -> float | None:
        text = self.row["target"]
        if not text:
            return None
        if not is_number(text) or (kind is IndicatorKind.RATE and not 0 <= float(text) <= 100):
            self.fault("target", text, "0–100 的百分数或分值", "percent from 0 to 100, or points")
            return None
        return float(text)


def read_margins(table: CsvFile, problems: list[Problem]) -> dict[str, Margin]:
    """All margins by name, categories in the order of the file."""
    totals: dict[str, dict[str, float]] = {}
    for line, row in table.records():
        name, category, total = row["margin"], row["category"], row["total"]
        group = totals.setdefault(name, {})
        if not is_amount(total):
            problems.append(Problem(table.name, line, "total", total, "数 ≥ 0", "a number >= 0"))
            total = "1"
        if category.count("*") != name.count("*") or "" in category.split("*"):
            size = name.count("*") + 1
            problems.append(
                Problem(
                    table.name,
                    line,
                    "category",
                    category,
                    f"以 * 连接的 {size} 个值",
                    f"{size} values joined by *",
                )
            )
        if category in group:
            problems.append(
                Problem(table.name, line, "category", category, "不重复", "a category given once")
            )
        group[category] = float(total)
    return {name: Margin(name, group) for name, group in totals.items()}
