"""What the page's script is told of a form: its rules as trees, and the sentences it may say."""

from collections.abc import Iterator, Mapping
from typing import Any

from survey.instrument.answers import Fault, FaultCode, fault, missing
from survey.instrument.items import Group, Item, Kind, Label, Question, walk
from survey.instrument.limits import MAX_INSTANCES
from survey.instrument.page_rules import encode
from survey.instrument.piping import piped_names
from survey.instrument.questions import Form
from survey.instrument.rules import Rule, used_names
from survey.terms import Terms

Model = dict[str, Any]

# Keys of an item, one letter each: a form has many. n name, k kind, p path, u the group around it,
# r the repeat around it, e relevant, x calculation, q required (1: always), c constraint,
# m its message, s the message of required, f choice filter, o its columns by code, t count.

_WORDS = {
    "back": ("上一步", "Back"),
    "next": ("下一步", "Continue"),
    "submit": ("提交", "Submit"),
    "progress": ("第 %d 步,共 %d 步", "Step %d of %d"),
    "fault": ("有 1 处请补充或修改", "Please check 1 answer"),
    "faults": ("有 %d 处请补充或修改", "Please check %d answers"),
    "note": ("请注意:", "Please note: "),
    "standard": ("标准字号", "Standard text"),
    "larger": ("长辈版(大字)", "Larger text"),
    "aloud": ("🔊 读给我听", "🔊 Read aloud"),
    "kept": ("已保存在这部手机上", "Saved on this phone"),
    "offline": ("没有网络,回答保存在这部手机上", "No network; answers are saved on this phone"),
    "sending": ("正在提交…", "Sending…"),
    "waiting": (
        "已保存在这部手机上,联网后会自动发送。可以关闭此页,以后再打开。",
        "Saved on this phone, will be sent when the network is back. You may close this page.",
    ),
    "stay": (
        "没有网络,手机不允许保存。请不要关闭此页,联网后会自动发送。",
        "No network, and this phone allows no storage. Keep this page open: it will be sent.",
    ),
    "refused": ("没有被接受。", "It was not accepted."),
    "nowhere": ("没有得到位置,请再试", "No position was found; try again"),
    "yes_or_no": ("请选择“是”或“不是”", "Please choose yes or no"),
    "rank": ("请给每一项排出名次", "Please give each one a place"),
}
_CODES = {
    "constraint": FaultCode.CONSTRAINT,
    "required": FaultCode.REQUIRED,
    "bad_integer": FaultCode.NOT_WHOLE,
    "bad_decimal": FaultCode.NOT_A_NUMBER,
    "bad_date": FaultCode.NOT_A_DATE,
    "bad_time": FaultCode.NOT_A_TIME,
}


def page_model(terms: Terms, language: str) -> Model:
    """The model of a form under its terms, but for what is an interview's own.

    Everything in it stands in the form or its settings, which the respondent
    sees anyway; the server judges again whatever the script has judged.
    """
    form = terms.form
    rules = terms.rules
    used = _used(form)
    pages = {question.name: page.name for page in form.pages() for question in walk(page.items)}
    return {
        "items": [_item(rule, form, language) for rule in form.rules.in_order],
        "given": {name: text for name, text in terms.given.items() if name in used},
        "hidden": sorted(terms.hidden),
        "area": [terms.area_question, terms.suggestion] if terms.suggestion else None,
        "consent": _decision(rules.consent_question, rules.consent_yes, pages),
        "eligible": _decision(rules.eligible_question, rules.eligible_yes, pages),
        "most": MAX_INSTANCES,
        "words": _words(language),
    }


def _decision(
    name: str | None, yes: tuple[str, ...], pages: Mapping[str, str]
) -> list[object] | None:
    return [name, list(yes), pages.get(name, "")] if name else None


def _item(rule: Rule, form: Form, language: str) -> Model:
    item = _found(form.children, rule.name)
    kind = item.kind.value if isinstance(item, Question) else _group_kind(item)
    told: Model = {"n": rule.name, "k": kind, "p": rule.path, "u": rule.parent, "r": rule.repeat}
    if rule.relevant is not None:
        told["e"] = encode(rule.relevant)
    if rule.calculation is not None:
        told["x"] = encode(rule.calculation)
    if rule.count is not None:
        told["t"] = encode(rule.count)
    if isinstance(item, Question):
        told |= _checks(rule, item, language)
    return {key: value for key, value in told.items() if value not in ("", None)}


def _checks(rule: Rule, question: Question, language: str) -> Model:
    told: Model = {}
    if question.kind.is_answered:
        if rule.is_required:
            told["q"] = 1
        elif rule.required is not None:
            told["q"] = encode(rule.required)
        if question.required_message:
            told["s"] = _in(question.required_message, language)
    if rule.constraint is not None:
        told["c"] = encode(rule.constraint)
        if question.constraint_message:
            told["m"] = _in(question.constraint_message, language)
    if rule.choice_filter is not None:
        columns = rule.choice_filter.columns
        told["f"] = encode(rule.choice_filter.expression)
        told["o"] = {
            code: dict(zip(columns, key, strict=True))
            for code, key in rule.choice_filter.keys.items()
        }
    return told


def _group_kind(group: Group) -> str:
    return "repeat" if group.repeats else "group"


def _found(items: tuple[Item, ...], name: str) -> Item:
    for item in items:
        if item.name == name:
            return item
        if isinstance(item, Group):
            try:
                return _found(item.children, name)
            except LookupError:
                continue
    raise LookupError(name)


def _used(form: Form) -> frozenset[str]:
    """The names that a rule or a text reads: the script needs their values."""
    names: set[str] = set()
    for rule in form.rules.in_order:
        expressions = [rule.relevant, rule.calculation, rule.required, rule.constraint, rule.count]
        if rule.choice_filter is not None:
            expressions.append(rule.choice_filter.expression)
        for expression in expressions:
            if expression is not None:
                names |= used_names(expression, rule.path, form.rules.references)
    for text in _texts(form.children):
        names |= set(piped_names(text) or ())
    return frozenset(names)


def _texts(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        yield from item.label.values()
        if isinstance(item, Group):
            yield from _texts(item.children)
        else:
            yield from item.hint.values()
            yield from item.constraint_message.values()
            yield from item.required_message.values()
            for choice in item.choices:
                yield from choice.label.values()


def _in(label: Label, language: str) -> str:
    return label.get(language) or label.get("zh", "")


def _words(language: str) -> dict[str, str]:
    """What the script may say: in English to readers of English, else in Chinese."""
    english = language == "en"
    words = {key: pair[english] for key, pair in _WORDS.items()}
    words |= {key: _said(fault(code), english) for key, code in _CODES.items()}
    for kind in Kind:
        if kind.is_answered:
            sentence = _said(missing(Question("x", kind)), english)
            if sentence != words["required"]:
                words[kind.value] = sentence
    return words


def _said(found: Fault, english: bool) -> str:
    return found.en if english else found.zh
