"""responses/*.csv of one sample: every accepted row checked against plan and codebook."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from analysis.calibration import Margin
from analysis.codebook import Codebook, Variable, VariableKind
from analysis.study.areas import Area, AreaTree, may_be_area
from analysis.study.cell_texts import is_number, is_positive, local_day
from analysis.study.csvfile import CsvFile
from analysis.study.files import PLAN_FILE
from analysis.study.plan import Plan, Sample
from analysis.study.problems import Problem
from analysis.study.refusals import unreached, without_population
from analysis.study.study import ACCEPTED, STATUSES, unreached_strata

TIMES = ("started_at", "submitted_at")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The accepted rows of a file: their lines and, by column, their texts."""

    file: str
    lines: Sequence[int]
    columns: Mapping[str, Sequence[str]]


def split_by_status(table: CsvFile, problems: list[Problem]) -> tuple[Accepted, dict[str, int]]:
    """The accepted rows, and the number of rows of each status."""
    statuses = [status or ACCEPTED for status in table.column("status")]
    for line, status in zip(table.lines, statuses, strict=True):
        if status not in STATUSES:
            words = " | ".join(STATUSES)
            problems.append(Problem(table.name, line, "status", status, words, words))
    keep = [place for place, status in enumerate(statuses) if status == ACCEPTED]
    texts = list(zip(*(table.rows[place] for place in keep), strict=True))
    counted = Counter(statuses)
    return (
        Accepted(
            table.name,
            [table.lines[place] for place in keep],
            dict(zip(table.header, texts or [()] * len(table.header), strict=True)),
        ),
        {status: counted[status] for status in STATUSES if counted[status]},
    )


class RowChecker:
    """Checks the accepted rows of one sample and notes every fault with its row.

    Without ``tree``, when areas.csv or the root area are at fault, an area code
    need only be one of ``areas``; without those either, any passes.
    """

    def __init__(
        self,
        plan: Plan,
        sample: Sample,
        rows: Accepted,
        tree: AreaTree | None,
        areas: Mapping[str, Area],
        paddings: Mapping[str, Mapping[str, str]],
        warnings: list[Problem],
    ) -> None:
        self.plan, self.sample, self.rows = plan, sample, rows
        self.tree, self.areas = tree, areas
        self.paddings, self.warnings = paddings, warnings
        self._faults: dict[tuple[int, str], Problem] = {}

    def check(
        self, used: Collection[str], codebook: Codebook | None, margins: Mapping[str, Margin]
    ) -> list[Problem]:
        """Run every check; ``used`` are the columns that figures need.

        Returns the faults in the order of the rows, then those of the sample as a whole.
        """
        self._check_answers(codebook)
        self._check_design()
        self._check_weights()
        self._check_dates()
        if all(column in self.rows.columns for column in used):
            self._check_margins(margins)
        faults = sorted(self._faults.values(), key=lambda problem: problem.row or 0)
        return faults + self._unreached()

    # answers -----------------------------------------------------------------

    def _check_answers(self, codebook: Codebook | None) -> None:
        for name in self.rows.columns:
            variable = codebook.get(name) if codebook else None
            if variable and not self.areas and any(map(may_be_area, variable.codes)):
                continue  # whether a code is a prefix of an area's is not known
            judge = _answer_judge(variable, self.paddings.get(name, {})) if variable else None
            if variable and judge:
                zh = f"{name} 的选项代码" if variable.codes else "数"
                en = f"an answer code of {name}" if variable.codes else "a number"
                self._each(name, judge, zh, en)

    # design ------------------------------------------------------------------

    def _check_design(self) -> None:
        sample, tree = self.sample, self.tree
        known = tree.under_root if tree else frozenset(self.areas)
        self._each(
            sample.area,
            lambda code: bool(code) and (not known or code in known),
            "根区域内的区划代码",
            "an area code under the root area",
        )
        if sample.strata:
            column = sample.base_weight.population
            if tree is not None and column is not None:
                inhabited = tree.populations(column)
                zh, en = "有人口数的层", "a stratum with a population"
                self._each(sample.strata, lambda value: value in inhabited, zh, en)
            self._each(sample.strata, bool, "层", "a stratum")
            found = set(self._written(sample.strata))
            for stratum in sorted(sample.certainty_strata - found):
                self._warn_of_stratum(
                    "certainty_strata", stratum, "答卷中出现的层", "a stratum with answers"
                )
            for stratum in sorted(sample.not_covered & found):
                self._warn_of_stratum(
                    "not_covered", stratum, "没有答卷的层", "a stratum without answers"
                )
        if sample.cluster:
            self._each(sample.cluster, bool, "初级抽样单元", "a cluster")
        if sample.fpc:
            self._each(sample.fpc, is_positive, "层内人数(正数)", "persons of the stratum, > 0")
            self._check_stratum_sizes(sample.fpc)

    def _warn_of_stratum(self, key: str, stratum: str, zh: str, en: str) -> None:
        where = f"sample.{self.sample.id}.{key}"
        self.warnings.append(Problem(PLAN_FILE, None, where, stratum, zh, en))

    def _unreached(self) -> list[Problem]:
        """Strata with a population and no respondent; the root's population where none."""
        sample, tree = self.sample, self.tree
        column = sample.base_weight.population
        if tree is None or column is None:
            return []
        known = tree.populations(column)
        if not sample.strata:
            return [] if tree.root in known else [without_population(sample, tree.root)]
        found = set(self._written(sample.strata)) & known.keys()
        return [unreached(sample, code) for code in unreached_strata(tree, sample, found)]

    def _check_stratum_sizes(self, column: str) -> None:
        """The persons of a stratum: one number in it, and not fewer than answered."""
        sizes = self.rows.columns.get(column, [])
        strata = self._written(self.sample.strata or "") or [""] * len(sizes)
        answered = Counter(strata)
        first: dict[str, str] = {}
        for line, stratum, size in zip(self.rows.lines, strata, sizes, strict=False):
            if not is_positive(size):
                continue
            known = first.setdefault(stratum, size)
            if float(size) != float(known):
                self._note(line, column, size, f"同层相同({known})", f"{known}, as in its stratum")
            elif float(size) < answered[stratum]:
                least = answered[stratum]
                self._note(line, column, size, f"不少于该层答卷数 {least}", f"at least {least}")

    # weights -----------------------------------------------------------------

    def _check_weights(self) -> None:
        base = self.sample.base_weight
        if base.column:
            self._each(base.column, is_positive, "正数权数", "a weight, a number above 0")
        if base.factor:
            self._each(base.factor, is_positive, "正数", "a number above 0")

    def _check_margins(self, margins: Mapping[str, Margin]) -> None:
        """Each respondent has every weighting variable, and a category that has a total."""
        for weighting in self.plan.weightings_of(self.sample):
            for variables, name in zip(weighting.margins, weighting.margin_names, strict=True):
                sources = [self.plan.source_of(variable) for variable in variables]
                if name not in margins or not self.rows.columns.keys() >= set(sources):
                    continue  # a fault of margins.csv, study.toml or the header
                rows = list(zip(*map(self._variable, variables), strict=True))
                missing = {parts for parts in set(rows) if "" in parts}
                totals = margins[name].totals
                unknown = {parts for parts in set(rows) - missing if "*".join(parts) not in totals}
                if weighting.drop_missing:
                    missing = set()
                for line, parts in zip(self.rows.lines, rows, strict=True):
                    if parts in missing:
                        column = variables[parts.index("")]
                        zh, en = f"加权变量({weighting.id})", f"a value to weight by {weighting.id}"
                        self._note(line, column, "", zh, en)
                    elif parts in unknown:
                        zh, en = "margins.csv 中的类别", "a category of margins.csv"
                        self._note(line, name, "*".join(parts), zh, en)

    def _variable(self, variable: str) -> Sequence[str]:
        """A weighting variable of each row: a column, or the grouping of a recode."""
        texts = self._written(self.plan.source_of(variable))
        recode = self.plan.recodes.get(variable)
        return [recode.rule.get(text, "") for text in texts] if recode else texts

    # dates -------------------------------------------------------------------

    def _check_dates(self) -> None:
        """Warn of rows outside the wave, or in a unit that was valid no more."""
        wave = next((wave for wave in self.plan.waves if wave.id == self.sample.wave), None)
        if wave is None or date.min in (wave.opens, wave.closes):
            return  # a fault of study.toml
        zone, rows = ZoneInfo(self.plan.timezone), self.rows
        days = [wave.closes] * len(rows.lines)
        for column in TIMES:
            unreadable, outside = [], []
            for place, (line, text) in enumerate(
                zip(rows.lines, rows.columns.get(column, ()), strict=False)
            ):
                day = local_day(text, zone) if text else None
                if day is not None:
                    days[place] = day
                if text and day is None:
                    unreadable.append((line, column, text))
                elif day is not None and not wave.opens <= day <= wave.closes:
                    outside.append((line, column, text))
            self._warn(unreadable, "ISO 8601 时间,如 2026-03-02 09:30", "an ISO 8601 time")
            span = f"{wave.opens.isoformat()} – {wave.closes.isoformat()}"
            self._warn(outside, f"波次 {wave.id} 的日期内:{span}", f"within wave {wave.id}: {span}")
        expired = [
            (line, self.sample.area, code)
            for line, code, day in zip(
                rows.lines, self._written(self.sample.area), days, strict=False
            )
            if code in self.areas and self.areas[code].expired_on(day)
        ]
        self._warn(expired, "当时有效的单元", "a unit that was valid then")

    # -------------------------------------------------------------------------

    def _written(self, column: str) -> Sequence[str]:
        """A column with its area codes written out; () when there is no such column."""
        texts = self.rows.columns.get(column, ())
        rule = self.paddings.get(column)
        return [rule.get(text, text) for text in texts] if rule else texts

    def _each(self, column: str, good: Callable[[str], bool], zh: str, en: str) -> None:
        """Note each row whose text in a column is not good; each text is judged once."""
        texts = self.rows.columns.get(column, ())
        rule = self.paddings.get(column, {})
        bad = {text for text in set(texts) if not good(rule.get(text, text))}
        if bad:
            for line, text in zip(self.rows.lines, texts, strict=True):
                if text in bad:
                    self._note(line, column, text, zh, en)

    def _note(self, line: int, column: str, found: str, zh: str, en: str) -> None:
        """Note a fault; the first one of a cell stands for all."""
        problem = Problem(self.rows.file, line, column, found, zh, en)
        self._faults.setdefault((line, column), problem)

    def _warn(self, rows: Sequence[tuple[int, str, str]], zh: str, en: str) -> None:
        """One warning for all rows of a kind, at the first of them."""
        if rows:
            line, column, text = rows[0]
            more = f" (+{len(rows) - 1})" if len(rows) > 1 else ""
            self.warnings.append(Problem(self.rows.file, line, column, text + more, zh, en))


def _answer_judge(variable: Variable, padding: Mapping[str, str]) -> Callable[[str], bool] | None:
    """Whether a recorded answer is valid; an empty one is. None where any text passes."""
    codes = variable.codes | padding.keys()
    if variable.kind is VariableKind.MULTIPLE and codes:
        return lambda text: set(text.split()) <= codes
    if codes and variable.kind is VariableKind.ONE:
        return lambda text: not text or text in codes
    if variable.kind is VariableKind.NUMBER:
        return lambda text: not text or is_number(text)
    return None
