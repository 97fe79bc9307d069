"""What a rehearsal says, for a terminal of 80 columns or more."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from analysis.indicators import Indicator
from analysis.study.plan import ROOT
from analysis.study.rehearsal.assessed import PROMISE, Assessed
from analysis.study.rehearsal.run import Rehearsal
from analysis.study.rehearsal.table import Rehearsed
from survey.cli.tables import GAP, SHORTEST_NAME, WIDTH_IN_A_PIPE
from survey.wording import SELF_ASSESSMENT

TITLE = {
    "zh": "预演 {study} · {sample} · {weighting} · {copies:,} 份模拟总体",
    "en": "Rehearsal {study} · {sample} · {weighting} · {copies:,} simulated populations",
}
DESIGN = {
    "zh": "设计:{strata} 层、{clusters:,} 个初级抽样单元,计划 {planned:,} 份;",
    "en": "Design: {strata} strata, {clusters:,} clusters, {planned:,} interviews hoped for; ",
}
PERSONS = {
    "zh": "设计:{strata} 层,直接抽人,计划 {planned:,} 份;",
    "en": "Design: {strata} strata, persons drawn, {planned:,} interviews hoped for; ",
}
DRAWN = {
    "zh": "抽取 {drawn:,} 个地址,应答率 {response:.1%}{source};平均完成 {done:,.0f} 份{cost}。",
    "en": "{drawn:,} addresses drawn, {response:.1%} answer{source}; on average {done:,.0f}"
    " interviews{cost}.",
}
ALL_DONE = {
    "zh": "应答率未知,按计划全部完成{cost}。",
    "en": "response not known, so all are made{cost}.",
}
SOURCE = {"zh": "(取自 {sample})", "en": " (as in {sample})"}
COST = {"zh": ",费用 {cost:,.0f}", "en": ", cost {cost:,.0f}"}
COLLAPSED = {
    "zh": "{share:.1%} 的副本有空的加权单元格 {what},已并入相邻类别;正式估计会拒绝,除非"
    " collapse = true。",
    "en": "{share:.1%} of the copies have an empty weighting cell, {what}, and were joined to"
    " its neighbour; minyi estimate refuses it without collapse = true.",
}
REFUSED = {
    "zh": "{share:.1%} 的副本无法估计,不计入下表:{what}",
    "en": "{share:.1%} of the copies cannot be estimated and are in no figure: {what}",
}
LEFT_OUT = {
    "zh": "样本中无人回答,未预演:{codes}",
    "en": "not rehearsed, nobody in the sample answered: {codes}",
}
HEADINGS = {
    "zh": (
        "指标 / 区域", "ρ", "真值", "宽度", "覆盖\n{level}", "n", "目标",
        "\n达标", "\n未定", "未\n达标", "不\n发布", "\n误判",
    ),
    "en": (
        "indicator / area", "ρ", "true", "width", "covers\n{level}", "n", "target",
        "\nmet", "unde-\ncided", "not\nmet", "with-\nheld", "\nwrong",
    ),
}  # fmt: skip
# Without spaces in Chinese, for a line is broken at a space before it is full.
NOTE = {
    "zh": "ρ:单元内相关。真值:模拟城市的真实值。宽度:区间平均宽度。覆盖:区间包含真值的副本百分比,"
    "应接近{level}(模拟误差±{error:.1f})。达标、未定、未达标、不发布:各占副本的百分比,待复核的也计入其判定。"
    "误判:真值未达目标而判达标,或已达目标而判未达标。",
    "en": "ρ: correlation within clusters. true: the rate of the simulated city. width: mean width"
    " of the limits. covers: percent of the copies whose limits hold the true rate, to be near"
    " {level} (simulation error ±{error:.1f}). met to withheld: percent of the copies, those for"
    " review among their verdicts. wrong: met though the truth misses the target, or not met"
    " though it reaches it.",
}
ASSESSOR_TITLE = {
    "zh": "测评样本 {clusters} × {persons}:不加权读数达到目标的概率",
    "en": "The assessor's sample of {clusters} × {persons}: chance that its unweighted rate"
    " reads the target",
}
ASSESSOR_HEADINGS = {
    "zh": (
        "指标", "目标", "本样本\n估计", "{level}\n区间", "ρ", "若估计\n即真值", "计入\n误差",
        "{promise}\n把握需",
    ),
    "en": (
        "indicator", "target", "our\nestimate", "{level}\nlimits", "ρ", "if that\nis true",
        "unsure\nof it", "{promise}\nsure needs",
    ),
}  # fmt: skip
ASSESSOR_NOTE = {
    "zh": "测评样本按简单两阶段抽样:随机抽社区,各抽同样多人,不加权;ρ不分层计算,含区域差别。"
    "不含测评的题目、方式不同带来的差别。把握需:真值达到多少才有此把握。",
    "en": "The assessor draws communities at random and as many persons in each, and does not"
    " weight; ρ is without regard to strata and so holds what areas differ by. Another"
    " questionnaire or way of asking is not in it.",
}
NO_FPC = {
    "zh": "未计有限总体校正:模拟总体视为很大,区间略宽于正式估计。",
    "en": "no finite population correction: the simulated populations are taken as large, so"
    " limits are a little wider than those of minyi estimate.",
}
MOST_NAMED = 3  # of what befell some copies
SURE = 0.995  # no chance is printed as 0 or 100 %


def print_rehearsal(rehearsal: Rehearsal, *, chinese: bool) -> None:
    """Print design, outcomes by indicator and area, and the assessor's chances."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_IN_A_PIPE)
    language = "zh" if chinese else "en"
    for line in _opening(rehearsal, language):
        console.print(line, markup=False)
    console.print()
    console.print(_outcomes(rehearsal, language, console.width))
    errors = [row.coverage_se for row in rehearsal.rows if row.coverage_se is not None]
    level, error = _level(rehearsal).replace(" ", ""), 100 * max(errors, default=0.0)
    console.print()
    console.print(NOTE[language].format(level=level, error=error), style="dim", markup=False)
    if rehearsal.assessed:
        first = rehearsal.assessed[0]
        title = ASSESSOR_TITLE[language]
        console.print()
        console.print(title.format(clusters=first.communities, persons=first.persons))
        console.print(_assessor(rehearsal, language, console.width))
        console.print()
        console.print(ASSESSOR_NOTE[language], style="dim", markup=False)
    console.print(SELF_ASSESSMENT[language], style="italic")


def _level(rehearsal: Rehearsal) -> str:
    return f"{100 * rehearsal.study.plan.estimation.level:g} %"


def _opening(rehearsal: Rehearsal, language: str) -> list[str]:
    """What was rehearsed, and what became of copies that are no ordinary ones."""
    copies = rehearsal.wishes.copies
    lines = [
        TITLE[language].format(
            study=rehearsal.study.plan.id,
            sample=rehearsal.sample.id,
            weighting=rehearsal.weighting.id,
            copies=copies,
        ),
        _design(rehearsal, language),
    ]
    for words, found in ((COLLAPSED, rehearsal.collapsed), (REFUSED, rehearsal.refused)):
        if found:
            often = sorted(found, key=lambda what: (-found[what], what))[:MOST_NAMED]
            share = sum(found.values()) / copies
            lines.append(words[language].format(share=share, what="; ".join(often)))
    if rehearsal.sample.fpc:
        lines.append(NO_FPC[language])
    if rehearsal.left_out:
        lines.append(LEFT_OUT[language].format(codes=", ".join(rehearsal.left_out)))
    return lines


def _design(rehearsal: Rehearsal, language: str) -> str:
    wishes, field = rehearsal.wishes, rehearsal.population.field
    city = next(row for row in rehearsal.rows if row.domain == ROOT)
    words = DESIGN if rehearsal.sample.cluster else PERSONS
    text = words[language].format(
        strata=len(set(field.stratum.tolist())),
        clusters=field.clusters,
        planned=int(field.interviews.sum()),
    )
    cost = "" if city.cost is None else COST[language].format(cost=city.cost)
    if wishes.response is None:
        return text + ALL_DONE[language].format(cost=cost)
    source = SOURCE[language].format(sample=wishes.response_from) if wishes.response_from else ""
    return text + DRAWN[language].format(
        drawn=int(field.addresses.sum()),
        response=wishes.response,
        source=source,
        done=city.interviews,
        cost=cost,
    )


def _outcomes(rehearsal: Rehearsal, language: str, width: int) -> Table:
    indicators = {indicator.code: indicator for indicator in rehearsal.study.indicators}
    level = _level(rehearsal)
    any_target = any(row.target is not None for row in rehearsal.rows)
    rows = [
        _cells(rehearsal, indicators[row.indicator], row, language)
        for row in rehearsal.rows
        if row.domain == ROOT or row.target is not None or not any_target
    ]
    return _table([h.format(level=level) for h in HEADINGS[language]], rows, width)


def _cells(
    rehearsal: Rehearsal, indicator: Indicator, row: Rehearsed, language: str
) -> Sequence[str]:
    if row.domain == ROOT:
        name = indicator.name_zh if language == "zh" else indicator.name_en
    else:
        name = f"  {rehearsal.study.tree.areas[row.area].name}"
    scale = 100 if indicator.is_rate else 1
    wrong = row.false_met if row.false_met is not None else row.false_not_met
    return [
        name,
        f"{row.icc:.3f}" if row.domain == ROOT and rehearsal.sample.cluster else "",
        _number(row.truth, scale),
        _number(row.width, scale),
        _number(row.coverage, 100),
        f"{row.n:,.0f}",
        "" if row.target is None else f"{row.target:g}",
        _share(row.met),
        _share(row.undecided),
        _share(row.not_met),
        _share(row.suppressed),
        "" if wrong is None else f"{100 * wrong:.1f}",
    ]


def _assessor(rehearsal: Rehearsal, language: str, width: int) -> Table:
    indicators = {indicator.code: indicator for indicator in rehearsal.study.indicators}
    level, promise = _level(rehearsal), f"{100 * PROMISE:g} %"
    headings = [h.format(level=level, promise=promise) for h in ASSESSOR_HEADINGS[language]]
    rows = [_chances(indicators[row.indicator], row, language) for row in rehearsal.assessed]
    return _table(headings, rows, width)


def _chances(indicator: Indicator, row: Assessed, language: str) -> Sequence[str]:
    scale = 100 if indicator.is_rate else 1
    limits = ""
    if row.low is not None:
        limits = f"{_number(row.low, scale)} – {_number(row.high, scale)}"
    return [
        indicator.name_zh if language == "zh" else indicator.name_en,
        f"{row.target:g}",
        _number(row.rate, scale),
        limits,
        f"{row.icc:.3f}",
        _chance(row.chance),
        "" if row.chance_unsure is None else _chance(row.chance_unsure),
        _number(row.needed, scale),
    ]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Table:
    """A table in which figures keep their room, a name gives way and no column is empty."""
    gap = GAP if width >= WIDTH_IN_A_PIPE else 1
    kept = [at for at in range(len(headings)) if any(row[at] for row in rows)]
    headings = [headings[at] for at in kept]
    rows = [[row[at] for at in kept] for row in rows]
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, gap - 1, 0, 0))
    room = width - len(headings) * gap
    for place, heading in enumerate(headings[1:], 1):
        texts = [*heading.split("\n"), *(row[place] for row in rows)]
        room -= max(map(cell_len, texts))
    for place, heading in enumerate(headings):
        table.add_column(
            heading,
            justify="right" if place else "left",
            no_wrap=True,
            max_width=None if place else max(room, SHORTEST_NAME),
        )
    for cells in rows:
        table.add_row(*map(escape, cells))
    return table


def _number(value: float | None, scale: int) -> str:
    return "—" if value is None else f"{scale * value:.1f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f}"


def _chance(value: float) -> str:
    if 1 - SURE <= value <= SURE:
        return f"{value:.0%}"
    return ">99%" if value > SURE else "<1%"
