"""The rules of a question in small words: what stands beside it in the preview."""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.study.plan import FormRules, Plan
from survey.designer.uses import Words
from survey.designer.words import KINDS, in_words
from survey.instrument.items import Group, Item, Label, Question
from survey.instrument.questions import Form

MOST_CODES = 12  # listed one by one
ALWAYS = "true()"


@dataclass(frozen=True, slots=True)
class Note:
    """One rule.

    Attributes
    ----------
    what : Words
        Its name.
    words : Words or None
        It in words, where it can be said.
    written : str
        As the form has it: an expression, codes, a message. Text of the form, never markup.
    """

    what: Words
    words: Words | None = None
    written: str = ""


def notes_of(item: Item, form: Form, owners: tuple[Words, ...], language: str) -> tuple[Note, ...]:
    """What is to be known of a question or group beside what its page shows.

    ``language`` is that of the messages; ``owners`` are what uses the answers.
    """
    if isinstance(item, Group):
        return tuple(_of_group(item, form))
    return tuple(_of_question(item, form, owners, language))


def _of_group(group: Group, form: Form) -> Iterator[Note]:
    yield Note(("组", "group"), written=group.name)
    yield from _rule(("显示条件", "shown if"), group.relevant, form)
    if group.repeats:
        said = ("这一组可以填写多次,这里只画一次", "asked several times, drawn once here")
        yield Note(("重复", "repeated"), said)
    yield from _rule(("次数", "times"), group.count, form)


def _of_question(
    question: Question, form: Form, owners: tuple[Words, ...], language: str
) -> Iterator[Note]:
    yield Note(KINDS[question.kind], written=question.name)
    if question.choices:
        codes = " · ".join(question.codes[:MOST_CODES])
        more = f" … ({len(question.codes)})" if len(question.codes) > MOST_CODES else ""
        yield Note(("代码", "codes"), written=codes + more)
    yield from _rule(("显示条件", "shown if"), question.relevant, form, question.name)
    if question.required != ALWAYS:
        yield from _rule(("必答条件", "required if"), question.required, form, question.name)
    yield from _message(("未答时提示", "if missing"), question.required_message, language)
    yield from _rule(("限制", "allowed if"), question.constraint, form, question.name)
    yield from _message(("不符时提示", "if not allowed"), question.constraint_message, language)
    yield from _rule(("公式", "formula"), question.calculation, form, question.name)
    yield from _rule(("选项筛选", "choices offered if"), question.choice_filter, form)
    if question.randomize:
        yield Note(("选项随机排列", "choices in random order"), written=question.seed or "")
    if question.default is not None:
        yield Note(("默认值", "default"), written=question.default)
    yield from _rule(("默认值", "default"), question.default_expression, form)
    if question.read_only:
        yield Note(("只读", "read only"))
    if owners:
        said = ("、".join(one[0] for one in owners), ", ".join(one[1] for one in owners))
        yield Note(("用于", "used by"), said)


def _rule(what: Words, expression: str | None, form: Form, itself: str = "") -> Iterator[Note]:
    if expression:
        yield Note(what, in_words(expression, form, itself), expression)


def _message(what: Words, label: Label, language: str) -> Iterator[Note]:
    text = label.get(language) or label.get("zh", "")
    if text:
        yield Note(what, written=text)


def settings_of(plan: Plan) -> tuple[Note, ...]:
    """What the study does to the order and the texts of its questionnaire, against coaching."""
    return tuple(_settings(plan.form))


def _settings(rules: FormRules) -> Iterator[Note]:
    rotation = rules.rotation
    if rotation.choices:
        last = "、".join(rotation.keep_last)
        said = ("对一半受访者倒序", "backwards for every other respondent")
        if last:
            said = (f"{said[0]},代码 {last} 始终在最后", f"{said[1]}, codes {last} stay last")
        yield Note(("选项顺序", "order of choices"), said, ", ".join(rotation.choices))
    if rotation.questions:
        said = ("从不同的题开始", "begun at another question for each respondent")
        yield Note(("题组内顺序", "order within groups"), said, ", ".join(rotation.questions))
    if rules.overclaim:
        rule = rules.overclaim
        said = (
            f"从 {len(rule.bank)} 个不存在的名称中随机抽一个填入",
            f"filled with one of {len(rule.bank)} names of what does not exist, at random",
        )
        yield Note(("虚报题", "overclaim item"), said, f"{rule.question}, {rule.item}")
    if rules.coached:
        said = ("问是否有人教怎么回答", "asks whether somebody said what to answer")
        yield Note(("诱导题", "coached-answer item"), said, rules.coached.question)
    if rules.hidden_at_door:
        said = ("入户时不显示", "not shown at the door")
        yield Note(("由本人填写", "by one's own hand"), said, ", ".join(rules.hidden_at_door))
