"""A form as an XLSForm workbook again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet.worksheet import Worksheet

from survey.instrument.choices import OTHER, WITH_OTHER, specify_other
from survey.instrument.items import Choice, Group, Item, Kind, Label, Language, Question
from survey.instrument.languages import UNNAMED, Languages
from survey.instrument.questions import Form

Cells = dict[str, str]

_ZH, _EN = Language("zh", "中文 (zh)"), Language("en", "English (en)")
# The order of the columns; those that stay empty are left out.
_SURVEY = (
    *("type", "name", "label", "hint", "required", "required_message", "relevant"),
    *("constraint", "constraint_message", "calculation", "choice_filter", "default"),
    *("read_only", "appearance", "parameters", "repeat_count"),
)
_CHOICES = ("list_name", "name", "label")
_TYPES = {
    Kind.SELECT_ONE: "select_one",
    Kind.SELECT_MULTIPLE: "select_multiple",
    Kind.RANK: "rank",
}


def write_xlsform(form: Form) -> bytes:
    """The workbook: pyxform accepts it, and reading it gives the same form but for the rows.

    Every cell is a text, so that nothing in it is ever computed.
    """
    texts = _Texts(form)
    survey = list(_rows(form.children, texts))
    choices = list(_choices(form, texts))
    settings = {
        "form_title": form.title,
        "form_id": form.form_id,
        "version": form.version,
        "default_language": texts.default_language,
        "name": form.root if form.root != "data" else "",
    }
    book = Workbook()
    book.remove(book.active)
    _fill(book.create_sheet("survey"), survey, texts.in_order(_SURVEY), texts.labels)
    if choices:
        _fill(book.create_sheet("choices"), choices, texts.in_order(_CHOICES))
    _fill(book.create_sheet("settings"), [settings], tuple(settings))
    target = BytesIO()
    book.save(target)
    return target.getvalue()


class _Texts:
    """In which columns the texts of a form stand."""

    def __init__(self, form: Form) -> None:
        labels = list(_labels(form))
        languages = form.languages
        if any(_as_read(languages, label) != label for label in labels):
            codes = {language.code for language in languages}
            languages = (*languages, *(one for one in (_ZH, _EN) if one.code not in codes))
        self._languages = languages
        has_unnamed = any(UNNAMED in _columns(languages, label) for label in labels)
        # A text without language would become one of the default language.
        self.default_language = languages[0].name if languages and not has_unnamed else ""

    def cells(self, column: str, label: Label) -> Cells:
        return {
            f"{column}::{name}" if name else column: text
            for name, text in _columns(self._languages, label).items()
        }

    @property
    def labels(self) -> list[str]:
        """The columns of labels: all of them, so that the sheet shows the languages' order."""
        return [f"label::{language.name}" for language in self._languages]

    def in_order(self, columns: Sequence[str]) -> list[str]:
        """Each column in every language, in the order of the languages, and without one."""
        names = [language.name for language in self._languages]
        return [one for column in columns for one in (*(f"{column}::{n}" for n in names), column)]

    def of_choice(self, choice: Choice) -> Cells:
        """None for a choice without label, which shows its code."""
        if _shows_code(choice) and _as_read(self._languages, choice.label) != choice.label:
            return {}
        return self.cells("label", choice.label)


def _columns(languages: Sequence[Language], label: Label) -> dict[str, str]:
    """Name of each language to its text; unnamed what they would not give a reader."""
    named = {one.name: label[one.code] for one in languages if label.get(one.code)}
    if not label:
        return {}
    codes = {language.code for language in languages}
    found = Languages([one.name for one in languages], "").label(named)
    for code in ("zh", "en"):
        if code not in codes and found.get(code) != label.get(code):
            return named | {UNNAMED: label[code]}
    return named


def _as_read(languages: Sequence[Language], label: Label) -> Label:
    names = [UNNAMED, *(language.name for language in languages)]
    return Languages(names, "").label(_columns(languages, label))


def _labels(form: Form) -> Iterator[Label]:
    """Every text that is written; what ``or_other`` adds is not."""
    waiting: list[Item] = _without_specify(form.children)
    while waiting:
        item = waiting.pop()
        yield item.label
        if isinstance(item, Group):
            waiting += _without_specify(item.children)
        else:
            yield from (item.hint, item.constraint_message, item.required_message)
            yield from (one.label for one in item.choices if one != OTHER and not _shows_code(one))


def _shows_code(choice: Choice) -> bool:
    return choice.label == {"zh": choice.code, "en": choice.code}


def _without_specify(items: Sequence[Item]) -> list[Item]:
    return [
        item for place, item in enumerate(items) if not (place and _adds(items[place - 1], item))
    ]


def _rows(items: Sequence[Item], texts: _Texts) -> Iterator[Cells]:
    for place, item in enumerate(items):
        if isinstance(item, Group):
            control = "repeat" if item.repeats else "group"
            yield {
                "type": f"begin_{control}",
                "name": item.name,
                "relevant": item.relevant or "",
                "appearance": item.appearance,
                "repeat_count": item.count or "",
                **texts.cells("label", item.label),
            }
            yield from _rows(item.children, texts)
            yield {"type": f"end_{control}"}
        elif not (place and _adds(items[place - 1], item)):
            following = items[place + 1] if place + 1 < len(items) else None
            yield _row(item, texts, with_other=following is not None and _adds(item, following))


def _adds(item: Item, following: Item) -> bool:
    """Whether ``or_other`` at a question brings the one after it."""
    if not isinstance(item, Question) or item.kind not in {Kind.SELECT_ONE, Kind.SELECT_MULTIPLE}:
        return False
    return replace(following, row=item.row) == specify_other(item)


def _row(question: Question, texts: _Texts, *, with_other: bool) -> Cells:
    kind = question.kind.value
    if question.kind in _TYPES:
        name = _base_list(question) if with_other else question.list_name
        kind = f"{_TYPES[question.kind]} {name}{' or_other' if with_other else ''}"
    required = "yes" if question.required == "true()" else question.required
    return {
        "type": kind,
        "name": question.name,
        "required": required or "",
        "relevant": question.relevant or "",
        "constraint": question.constraint or "",
        "calculation": question.calculation or "",
        "choice_filter": question.choice_filter or "",
        "default": question.default_expression or question.default or "",
        "read_only": "yes" if question.read_only else "",
        "appearance": question.appearance,
        "parameters": _parameters(question),
        **texts.cells("label", question.label),
        **texts.cells("hint", question.hint),
        **texts.cells("required_message", question.required_message),
        **texts.cells("constraint_message", question.constraint_message),
    }


def _parameters(question: Question) -> str:
    if question.scale is not None:
        scale = question.scale
        return f"start={scale.start} end={scale.end} step={scale.step}"
    if not question.randomize:
        return ""
    return "randomize=true" + (f" seed={question.seed}" if question.seed else "")


def _base_list(question: Question) -> str:
    """The list of the sheet to which ``or_other`` has added its choice."""
    return question.list_name.rpartition(WITH_OTHER)[0] or question.list_name


def _choices(form: Form, texts: _Texts) -> Iterator[Cells]:
    """Each list once, in the order of the questions."""
    lists: dict[str, tuple[Choice, ...]] = {}
    for name, choices in _lists(form.children):
        lists.setdefault(name, choices)
    for name, choices in lists.items():
        for choice in choices:
            row = {"list_name": name, "name": choice.code, **texts.of_choice(choice)}
            yield row | dict(choice.attributes)


def _lists(items: Sequence[Item]) -> Iterator[tuple[str, tuple[Choice, ...]]]:
    for place, item in enumerate(items):
        if isinstance(item, Group):
            yield from _lists(item.children)
        elif item.kind.has_choices:
            following = items[place + 1] if place + 1 < len(items) else None
            with_other = following is not None and _adds(item, following)
            base = _base_list(item) if with_other else item.list_name
            is_added = base != item.list_name
            yield base, tuple(one for one in item.choices if not (is_added and one == OTHER))


def _fill(
    sheet: Worksheet,
    rows: Sequence[Mapping[str, str]],
    order: Sequence[str],
    always: Sequence[str] = (),
) -> None:
    """The header and the rows, every cell as a text whatever it begins with.

    A column in which nothing stands is left out, unless it is one of ``always``.
    """
    filled = (column for row in rows for column, text in row.items() if text)
    used = dict.fromkeys((*always, *filled))
    ranks = {column: rank for rank, column in enumerate(order)}
    header = sorted(used, key=lambda column: ranks.get(column, len(ranks)))
    for number, row in enumerate([dict(zip(header, header, strict=True)), *rows], start=1):
        for place, column in enumerate(header, start=1):
            if text := row.get(column):
                cell = sheet.cell(number, place, ILLEGAL_CHARACTERS_RE.sub("", text))
                cell.data_type = "s"  # openpyxl takes "=1+1" for a formula and "#N/A" for an error
