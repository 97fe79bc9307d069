"""The choices sheet: lists of codes, labels and columns for filters."""

from dataclasses import dataclass, field

from analysis.study.problems import Problem
from survey.instrument.items import Choice, Kind, Question
from survey.instrument.languages import Languages
from survey.instrument.limits import MAX_CODE, MAX_LABEL
from survey.instrument.piping import piped_names
from survey.instrument.workbook import CHOICES, Row, Workbook

# "Other" as ``or_other`` adds it, and the mark of the list that then is the question's own.
OTHER = Choice("other", {"zh": "其他", "en": "Other"})
WITH_OTHER = "_or_other"

_LIST, _CODE, _LABEL, _MEDIA = "list name", "name", "label", "media"
_NO_ATTRIBUTES = frozenset({_LIST, _CODE, _LABEL, _MEDIA})


@dataclass(slots=True)
class ChoiceList:
    """A list of choices and the rows where they stand, by code.

    Attributes
    ----------
    media : list of Row
        Rows with a picture or sound, which are refused if a question uses the list.
    """

    choices: dict[str, Choice] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    media: list[Row] = field(default_factory=list)


def read_choices(
    workbook: Workbook, languages: Languages
) -> tuple[dict[str, ChoiceList], list[Problem]]:
    """Choices by list, in the order of the sheet; a choice without label shows its code."""
    lists: dict[str, ChoiceList] = {}
    problems: list[Problem] = []
    for row in workbook.choices:
        name, code = row.text(_LIST), row.text(_CODE)
        if not name and not code:
            continue

        def fault(column: str, found: str, zh: str, en: str, number: int = row.number) -> None:
            problem = workbook.problem(CHOICES, number, column, found=found, zh=zh, en=en)
            problems.append(problem)

        if not name or not code:
            fault("name" if name else "list_name", "", "不为空", "a value")
            continue
        known = lists.setdefault(name, ChoiceList())
        if code in known.choices:
            fault("name", code, f"列表 {name} 中没有用过的代码", f"a code not yet in list {name}")
        if len(code) > MAX_CODE or any(one in code for one in "\n\r\t"):
            fault(
                "name",
                code,
                f"不超过 {MAX_CODE} 字、不换行的代码",
                f"a code of at most {MAX_CODE} characters in one line",
            )
        label = languages.label(row.translations(_LABEL)) or {"zh": code, "en": code}
        if any(len(text) > MAX_LABEL for text in label.values()):
            fault("label", code, f"最多 {MAX_LABEL} 字", f"at most {MAX_LABEL} characters")
        if any(piped_names(text) is None for text in label.values()):
            fault("label", code, "写全的 ${题目名}", "${name of a question} in full")
        if row.translations(_MEDIA):
            known.media.append(row)
        known.choices[code] = Choice(code, label, _attributes(row))
        known.rows.setdefault(code, row.number)
    return lists, problems


def specify_other(question: Question) -> Question:
    """The text question that ``or_other`` adds, as pyxform does."""
    return Question(
        name=f"{question.name}_other",
        kind=Kind.TEXT,
        label={"zh": "请说明", "en": "Specify other."},
        relevant=f"selected(${{{question.name}}}, '{OTHER.code}')",
        row=question.row,
    )


def media_problems(workbook: Workbook, chosen: ChoiceList) -> list[Problem]:
    """Pictures and sounds of a list that a question uses."""
    return [
        workbook.problem(
            CHOICES,
            row.number,
            f"{_MEDIA}::{kind}",
            found=f"{row.text(_CODE)}: {file}",
            zh="空(选项不带图片、声音)",
            en="nothing: choices have no pictures and sounds here",
        )
        for row in chosen.media
        for kind, file in row.translations(_MEDIA).items()
    ]


def _attributes(row: Row) -> dict[str, str]:
    """The further columns, by their headers."""
    return {
        "::".join(column): text
        for column, text in row.cells.items()
        if column[0] not in _NO_ATTRIBUTES
    }
