"""Read a study folder: every file checked, every fault found in one run."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.calibration import MAX_DISAGREEMENT, Margin
from analysis.codebook import Codebook
from analysis.indicators import Indicator
from analysis.outcomes import CLASSES
from analysis.study.areas import (
    COLUMNS as AREA_COLUMNS,
)
from analysis.study.areas import (
    Area,
    AreaTree,
    area_questions,
    check_populations,
    read_areas,
)
from analysis.study.cell_texts import is_day
from analysis.study.checked import Faults
from analysis.study.csvfile import CsvFile, decode, read_csv
from analysis.study.definitions import (
    INDICATOR_COLUMNS,
    MARGIN_COLUMNS,
    read_indicators,
    read_margins,
)
from analysis.study.files import (
    AREAS_FILE,
    DISPOSITIONS_FILE,
    INDICATORS_FILE,
    MARGINS_FILE,
    PLAN_FILE,
    POINTS_FILE,
    QUESTIONNAIRE_FILE,
    VOLUNTEERS_FILE,
)
from analysis.study.form_reader import check_form_rules
from analysis.study.plan import Plan, Sample, SampleKind
from analysis.study.plan_reader import read_plan
from analysis.study.problems import Problem, StudyRefused
from analysis.study.refusals import apart
from analysis.study.responses import RowChecker, split_by_status
from analysis.study.study import (
    ACCEPTED,
    SampleData,
    Study,
    columns_of,
    tally_answers,
    with_written_margins,
    with_written_recodes,
)

__all__ = [
    "AREAS_FILE",
    "DISPOSITIONS_FILE",
    "INDICATORS_FILE",
    "MARGINS_FILE",
    "POINTS_FILE",
    "POINT_COLUMNS",
    "POINT_STATUSES",
    "QUESTIONNAIRE_FILE",
    "VOLUNTEERS_FILE",
    "StudyFolder",
    "read_folder",
]

POINT_COLUMNS = ("code", "area", "name", "kind", "valid_from", "valid_to", "status")
POINT_STATUSES = ("active", "revoked")


@dataclass(frozen=True, slots=True)
class _Rows:
    """A sample's accepted rows before they are tallied: the columns that its figures use."""

    columns: dict[str, Sequence[str]]
    statuses: dict[str, int]


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """A folder as read: the study to estimate, and the tables that the platform loads."""

    study: Study
    tables: Mapping[str, CsvFile]


def read_folder(
    path: Path, codebook: Codebook | None, questionnaire_problems: Iterable[Problem] = ()
) -> StudyFolder:
    """Read and check a study folder.

    Parameters
    ----------
    path
        The folder.
    codebook
        What questionnaire.xlsx asks; None when it could not be read.
    questionnaire_problems
        What was wrong with it.

    Raises
    ------
    StudyRefused
        With everything that is wrong, in the order of the files.
    """
    return _Reader(path, codebook, questionnaire_problems).read()


class _Reader:
    """Holds what the files have in common while one folder is read."""

    def __init__(
        self, path: Path, codebook: Codebook | None, questionnaire_problems: Iterable[Problem]
    ) -> None:
        self.path, self.codebook = path, codebook
        self.questionnaire_problems = list(questionnaire_problems)
        self.faults = Faults()
        self.files: dict[str, str] = {}
        self.tables: dict[str, CsvFile] = {}

    @property
    def problems(self) -> list[Problem]:
        return self.faults.problems

    def read(self) -> StudyFolder:
        plan = self._plan()
        self.problems.extend(self.questionnaire_problems)
        self._bytes(QUESTIONNAIRE_FILE, required=not self.questionnaire_problems)
        areas = self._areas(plan)
        paddings = area_questions(self.codebook, areas) if self.codebook and areas else {}
        if plan is not None:
            self._check_recodes(plan, paddings)
            if self.codebook:
                check_form_rules(plan.form, self.codebook, self.problems)
            plan = with_written_recodes(plan, paddings)
        margins = self._margins(plan, paddings)
        indicators = self._indicators(paddings)
        tree = self._tree(plan, areas)
        rows = self._samples(plan, tree, areas, paddings, margins, indicators) if plan else {}
        dispositions = self._dispositions(plan, rows)
        self._points(areas)
        self._volunteers(areas)
        if plan is None or tree is None or self.problems:
            raise StudyRefused(self.problems, self.faults.warnings)
        study = Study(
            plan=plan,
            tree=tree,
            margins=margins,
            indicators=indicators,
            paddings=paddings,
            dispositions=dispositions,
            data={
                sample: SampleData(tally_answers(read.columns, paddings), read.statuses)
                for sample, read in rows.items()
            },
            files=dict(sorted(self.files.items())),
            warnings=tuple(self.faults.warnings),
        )
        return StudyFolder(study, self.tables)

    # files -------------------------------------------------------------------

    def _bytes(self, name: str, *, required: bool = True) -> bytes | None:
        try:
            data = (self.path / name).read_bytes()
        except FileNotFoundError:
            if required:
                self.problems.append(
                    Problem(name, None, "", "", "此文件(未找到)", "this file, which is missing")
                )
            return None
        except OSError as error:
            reason = error.strerror or str(error)
            self.problems.append(Problem(name, None, "", reason, "可读的文件", "a readable file"))
            return None
        self.files[name] = hashlib.sha256(data).hexdigest()
        return data

    def _table(
        self, name: str, columns: Sequence[str] = (), *, required: bool = True
    ) -> CsvFile | None:
        data = self._bytes(name, required=required)
        table = None if data is None else read_csv(name, data, columns, self.problems)
        if table is not None:
            self.tables[name] = table
        return table

    def _fault(self, file: str, line: int | None, column: str, found: str, *words: str) -> None:
        self.problems.append(Problem(file, line, column, found, *words))

    # study.toml --------------------------------------------------------------

    def _plan(self) -> Plan | None:
        data = self._bytes(PLAN_FILE)
        text = None if data is None else decode(PLAN_FILE, data, self.problems)
        return None if text is None else read_plan(text, self.faults)

    def _check_recodes(self, plan: Plan, paddings: Mapping[str, Mapping[str, str]]) -> None:
        """The codes of a grouping are codes of its question."""
        for name, recode in plan.recodes.items():
            variable = self.codebook.get(recode.source) if self.codebook else None
            known = paddings.get(recode.source, {})
            for code in recode.rule:
                if variable and variable.codes and code not in variable.codes | known.keys():
                    self._fault(
                        PLAN_FILE,
                        None,
                        f"recode.{name}.groups",
                        code,
                        f"{recode.source} 的选项代码",
                        f"an answer code of {recode.source}",
                    )

    # areas, margins, indicators ----------------------------------------------

    def _areas(self, plan: Plan | None) -> dict[str, Area]:
        table = self._table(AREAS_FILE, AREA_COLUMNS)
        if table is None:
            return {}
        areas = read_areas(table, self.problems)
        if plan is None:
            return areas
        if plan.root_area and plan.root_area not in areas:
            self._fault(
                PLAN_FILE,
                None,
                "study.root_area",
                plan.root_area,
                "areas.csv 中的代码",
                "a code of areas.csv",
            )
        checked = set()
        for sample in plan.samples:
            column = sample.base_weight.population
            if column and column not in checked:
                checked.add(column)
                where = f"sample.{sample.id}.base_weight.population"
                check_populations(table, column, where, self.problems)
        return areas

    def _tree(self, plan: Plan | None, areas: Mapping[str, Area]) -> AreaTree | None:
        """The tree of areas; None when what is wrong with it would be told of every row."""
        root = plan.root_area if plan else ""
        faulty = any(problem.file == AREAS_FILE for problem in self.problems)
        return None if faulty or root not in areas else AreaTree(areas, root)

    def _margins(
        self, plan: Plan | None, paddings: Mapping[str, Mapping[str, str]]
    ) -> dict[str, Margin]:
        weightings = plan.weightings if plan else ()
        wanted = {name: w.id for w in weightings for name in w.margin_names}
        table = self._table(MARGINS_FILE, MARGIN_COLUMNS, required=bool(wanted))
        if table is None:
            return {}
        margins = read_margins(table, self.problems)
        if plan is not None:
            margins = with_written_margins(margins, plan, paddings)
        for name, weighting in wanted.items():
            if name not in margins:
                self._fault(
                    MARGINS_FILE,
                    None,
                    "margin",
                    "",
                    f"边际 {name}(weighting.{weighting})",
                    f"margin {name} for weighting.{weighting}",
                )
            elif not margins[name].total > 0:
                self._fault(MARGINS_FILE, None, name, "0", "总数 > 0", "a total above 0")
        faulty = any(problem.file == MARGINS_FILE for problem in self.problems)
        for one in weightings if not faulty else ():
            self._compare_totals([margins[name] for name in one.margin_names if name in margins])
        return margins

    def _compare_totals(self, margins: Sequence[Margin]) -> None:
        """The margins of one weighting speak of the same people."""
        for margin in margins[1:]:
            first = margins[0]
            if abs(margin.total - first.total) > MAX_DISAGREEMENT * first.total:
                self.problems.append(apart(margin.name, margin.total, first.name, first.total))

    def _indicators(self, paddings: Mapping[str, Mapping[str, str]]) -> tuple[Indicator, ...]:
        table = self._table(INDICATORS_FILE, INDICATOR_COLUMNS)
        if table is None:
            return ()
        return read_indicators(table, self.codebook, paddings, self.problems, self.faults.warnings)

    # answers -----------------------------------------------------------------

    def _samples(
        self,
        plan: Plan,
        tree: AreaTree | None,
        areas: Mapping[str, Area],
        paddings: Mapping[str, Mapping[str, str]],
        margins: Mapping[str, Margin],
        indicators: tuple[Indicator, ...],
    ) -> dict[str, _Rows]:
        data = {}
        seen: dict[str, str] = {}
        for sample in plan.samples:
            if not sample.responses:
                continue
            if sample.responses in self.tables:
                self._fault(
                    PLAN_FILE,
                    None,
                    f"sample.{sample.id}.responses",
                    sample.responses,
                    "每个样本一个文件",
                    "a file of one sample only",
                )
                continue
            table = self._table(sample.responses, ("response_id",))
            if table is not None:
                self._check_ids(table, seen)
                read = self._sample(plan, sample, table, tree, areas, paddings, margins, indicators)
                if read is not None:
                    data[sample.id] = read
        return data

    def _check_ids(self, table: CsvFile, seen: dict[str, str]) -> None:
        for line, identifier in zip(table.lines, table.column("response_id"), strict=True):
            if not identifier:
                self._fault(table.name, line, "response_id", "", "非空的编号", "an id")
            elif identifier in seen:
                first = seen[identifier]
                self._fault(
                    table.name,
                    line,
                    "response_id",
                    identifier,
                    f"不重复的编号(已见于 {first})",
                    f"an id used once (first at {first})",
                )
            else:
                seen[identifier] = f"{table.name}:{line}"

    def _sample(
        self,
        plan: Plan,
        sample: Sample,
        table: CsvFile,
        tree: AreaTree | None,
        areas: Mapping[str, Area],
        paddings: Mapping[str, Mapping[str, str]],
        margins: Mapping[str, Margin],
        indicators: tuple[Indicator, ...],
    ) -> _Rows | None:
        used = columns_of(plan, sample, indicators)
        wanted = {sample.area: f"sample.{sample.id}.area"} | used
        missing = [column for column in wanted if column and column not in table.header]
        for column in missing:
            where = wanted[column]
            self._fault(
                table.name, 1, column, "", f"此列(用于 {where})", f"this column, for {where}"
            )
        rows, statuses = split_by_status(table, self.problems)
        if not rows.lines:
            self._fault(
                table.name,
                None,
                "status",
                str(len(table.rows)),
                "至少一份已接受的答卷",
                "an accepted row",
            )
            return None
        checker = RowChecker(plan, sample, rows, tree, areas, paddings, self.faults.warnings)
        self.problems.extend(checker.check(used, self.codebook, margins))
        return _Rows({name: rows.columns[name] for name in used if name not in missing}, statuses)

    # outcomes, points, volunteers --------------------------------------------

    def _dispositions(
        self, plan: Plan | None, data: Mapping[str, _Rows]
    ) -> dict[str, dict[str, int]]:
        table = self._table(DISPOSITIONS_FILE, ("sample", "class", "n"), required=False)
        found: dict[str, dict[str, int]] = {}
        if table is None:
            return found
        kinds = {sample.id: sample.kind for sample in plan.samples} if plan else {}
        for line, row in table.records():
            sample, outcome, n = row["sample"], row["class"], row["n"]
            if plan and sample not in kinds:
                self._fault(
                    table.name, line, "sample", sample, "study.toml 中的样本", "a [[sample]]"
                )
            if outcome not in CLASSES:
                words = " | ".join(CLASSES)
                self._fault(table.name, line, "class", outcome, words, words)
            if not (n.isascii() and n.isdigit()):
                self._fault(table.name, line, "n", n, "整数 ≥ 0", "a whole number >= 0")
                continue
            classes = found.setdefault(sample, {})
            if outcome in classes:
                self._fault(table.name, line, "class", outcome, "不重复", "a class given once")
            classes[outcome] = int(n)
        for sample, classes in found.items():
            self._warn_of_outcomes(sample, classes, kinds.get(sample), data.get(sample))
        return {
            sample: classes
            for sample, classes in found.items()
            if kinds.get(sample) is not SampleKind.OPT_IN
        }

    def _warn_of_outcomes(
        self,
        sample: str,
        classes: Mapping[str, int],
        kind: SampleKind | None,
        data: _Rows | None,
    ) -> None:
        if kind is SampleKind.OPT_IN:
            self._warn_disposition(sample, "", "自愿样本没有应答率", "no outcomes: it is opt-in")
        elif data is not None:
            n = data.statuses[ACCEPTED]
            reported = classes.get("I", 0) + classes.get("P", 0)
            if reported != n:
                self._warn_disposition(
                    sample, f"I + P = {reported}", f"已接受 {n} 份", f"{n}, the accepted rows"
                )

    def _warn_disposition(self, sample: str, found: str, zh: str, en: str) -> None:
        self.faults.warnings.append(
            Problem(DISPOSITIONS_FILE, None, sample, found or sample, zh, en)
        )

    def _points(self, areas: Mapping[str, Area]) -> None:
        table = self._table(POINTS_FILE, POINT_COLUMNS, required=False)
        if table is None:
            return
        self._check_codes(table, areas)
        for line, row in table.records():
            for column in ("valid_from", "valid_to"):
                if row[column] and not is_day(row[column]):
                    self._fault(
                        table.name, line, column, row[column], "日期,如 2026-03-02", "a date"
                    )
            if row["status"] not in POINT_STATUSES:
                words = " | ".join(POINT_STATUSES)
                self._fault(table.name, line, "status", row["status"], words, words)

    def _volunteers(self, areas: Mapping[str, Area]) -> None:
        table = self._table(VOLUNTEERS_FILE, ("code", "area"), required=False)
        if table is not None:
            self._check_codes(table, areas)

    def _check_codes(self, table: CsvFile, areas: Mapping[str, Area]) -> None:
        seen: set[str] = set()
        for line, row in table.records():
            if not row["code"] or row["code"] in seen:
                self._fault(
                    table.name, line, "code", row["code"], "不重复的代码", "a code used once"
                )
            seen.add(row["code"])
            if areas and row["area"] not in areas:
                self._fault(
                    table.name, line, "area", row["area"], "areas.csv 中的代码", "a known area"
                )
