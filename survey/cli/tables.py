"""The table of rates with intervals and verdicts, for a terminal of 80 columns or more."""

from collections.abc import Mapping

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from analysis.indicators import Indicator
from analysis.presentation import Decision, Display
from analysis.study.plan import ROOT, Sample
from analysis.study.rows import Estimate
from analysis.study.run import Results
from survey.wording import KINDS, SELF_ASSESSMENT

WIDTH_IN_A_PIPE = 100
GAP = 2  # between two columns
SHORTEST_NAME = 8
NAME, VERDICT = 0, 6  # places of the columns of words
# Shorter than the words of the pages, which a line has no room for.
VERDICTS: Mapping[Decision | Display, Mapping[str, str]] = {
    Decision.MET: {"zh": "达标", "en": "met"},
    Decision.NOT_MET: {"zh": "未达标", "en": "not met"},
    Decision.UNDECIDED: {"zh": "未定", "en": "undecided"},
    Decision.INDICATIVE: {"zh": "参考", "en": "indicative"},
    Display.REVIEW: {"zh": "复核", "en": "review"},
    Display.SUPPRESS: {"zh": "暂不发布", "en": "withheld"},
}
HEADINGS = {
    "zh": ("指标 / 区域", "%", "{level}\n{interval}", "n", "n*", "目标", "判定"),
    "en": ("indicator / area", "%", "{level}\n{interval}", "n", "n*", "target", "verdict"),
}
INTERVALS = {
    True: {"zh": "置信区间", "en": "interval"},
    False: {"zh": "模型区间", "en": "model interval"},
}
NOTE = {
    "zh": "n:有效回答数;n*:有效样本量。达标、未达标:95 % 区间全在目标一侧;未定:区间跨目标。",
    "en": "n: answers; n*: effective sample size. met, not met: the whole 95 % interval lies on"
    " one side of the target; undecided: it straddles the target.",
}


def print_tables(results: Results, *, chinese: bool, only_root: bool = False) -> None:
    """Print each sample's headline figures: the whole, and areas where there is a target."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_IN_A_PIPE)
    language = "zh" if chinese else "en"
    for sample in results.study.plan.samples:
        console.print()
        console.print(_table(results, sample, language, only_root, console.width))
    console.print()
    console.print(NOTE[language], style="dim")
    console.print(SELF_ASSESSMENT[language], style="italic")


def _table(results: Results, sample: Sample, language: str, only_root: bool, width: int) -> Table:
    plan = results.study.plan
    weighting = plan.headline_of(sample)
    level = f"{100 * plan.estimation.level:g} %"
    interval = INTERVALS[sample.is_probability][language]
    headings = [heading.format(level=level, interval=interval) for heading in HEADINGS[language]]
    rows = [
        _cells(results, indicator, row, language)
        for indicator in results.study.indicators
        for row in results.estimated[sample.id, weighting.id].rows
        if row.indicator == indicator.code and _is_chosen(results, indicator, row, only_root)
    ]
    kind = KINDS[sample.kind.value][language]
    table = Table(
        title=f"{sample.id} · {kind} · {weighting.id}",
        title_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    # Figures and verdicts keep their room; a name gives way.
    room = width - len(headings) * GAP
    for place, heading in enumerate(headings[1:], 1):
        texts = [*heading.split("\n"), *(row[place] for row in rows)]
        room -= max(map(cell_len, texts))
    for place, heading in enumerate(headings):
        table.add_column(
            heading,
            justify="left" if place in (NAME, VERDICT) else "right",
            no_wrap=True,
            max_width=max(room, SHORTEST_NAME) if place == NAME else None,
        )
    for cells in rows:
        table.add_row(*map(escape, cells))
    return table


def _is_chosen(results: Results, indicator: Indicator, row: Estimate, only_root: bool) -> bool:
    if row.domain == ROOT:
        return True
    in_tree = row.area in results.study.tree.areas
    return not only_root and indicator.target is not None and in_tree


def _cells(results: Results, indicator: Indicator, row: Estimate, language: str) -> list[str]:
    if row.domain == ROOT:
        name = indicator.name_zh if language == "zh" else indicator.name_en
    else:
        name = f"  {results.study.tree.areas[row.area].name}"
    rule = row.reason.rpartition(" ")[2]
    if row.display is Display.SUPPRESS:
        return [name, "—", VERDICTS[row.display][language], str(row.n), "", "", rule]
    verdict = "" if row.decision is None else VERDICTS[row.decision][language]
    if row.display is Display.REVIEW:
        verdict = f"{VERDICTS[row.display][language]} {rule}"
    scale = 100 if indicator.is_rate else 1
    target = "" if indicator.target is None else f"{indicator.target:g}"
    n_eff = "" if row.n_eff is None else f"{row.n_eff:.0f}"
    limits = f"{_number(row.low, scale)} – {_number(row.high, scale)}"
    return [name, _number(row.estimate, scale), limits, str(row.n), n_eff, target, verdict]


def _number(value: float | None, scale: int) -> str:
    return "—" if value is None else f"{scale * value:.1f}"
