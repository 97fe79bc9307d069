"""Several versions of a questionnaire as one form: the newest, with all that is no longer asked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from survey.instrument.described import placed_items
from survey.instrument.items import Choice, Group, Item, Label, Question
from survey.instrument.piping import piped_label, piped_names
from survey.instrument.questions import Form

RETIRED = "retired"  # the group of questions, and the column of choices, that nobody is shown
_YES = "yes"
# Not "retired != 'yes'": where a choice lacks the column, that is false in XPath.
_STILL_OFFERED = f"not({RETIRED} = '{_YES}')"
_NEVER = "false()"


def all_asked(versions: Sequence[Form]) -> Form:
    """The newest of these versions, newest first, extended by what only older ones asked.

    Nobody who answers it is shown more than in the newest version: a choice that is no
    longer offered is filtered out, a question that is no longer asked stands in a group
    that is never relevant, bare of its expressions. So the form reads every coded answer
    that was given on any of the versions.
    """
    newest = versions[0]
    older = _questions(versions[1:])
    children = tuple(_extended(item, older) for item in newest.children)
    known = {one.item.name for one in placed_items(newest)}
    gone = tuple(
        _bare(question)
        for name, question in _first_of_each(older).items()
        if name not in known and question.kind.is_answered
    )
    if gone:
        name = _free_name(known | {question.name for question in gone})
        children += (Group(name=name, relevant=_NEVER, children=gone),)
    return replace(newest, children=children)


def asked_once(form: Form) -> Iterator[Question]:
    """Questions that are in no repeat, in document order."""
    known = {variable.name for variable in form.codebook().variables()}
    return (question for question in form.questions() if question.name in known)


def _questions(versions: Sequence[Form]) -> list[Question]:
    return [question for form in versions for question in asked_once(form)]


def _first_of_each(questions: Iterable[Question]) -> Mapping[str, Question]:
    """The newest question of each name, with the choices of all of them."""
    found: dict[str, Question] = {}
    for question in questions:
        known = found.get(question.name)
        if known is None:
            found[question.name] = question
        else:
            added = _further(known, [question])
            found[question.name] = replace(known, choices=known.choices + added)
    return found


def _extended(item: Item, older: Sequence[Question]) -> Item:
    if isinstance(item, Group):
        return replace(item, children=tuple(_extended(child, older) for child in item.children))
    added = _further(item, [one for one in older if one.name == item.name])
    if not added:
        return item
    retired = tuple(
        replace(choice, attributes={**choice.attributes, RETIRED: _YES}) for choice in added
    )
    own = item.choice_filter
    return replace(
        item,
        choices=item.choices + retired,
        choice_filter=f"({own}) and {_STILL_OFFERED}" if own else _STILL_OFFERED,
        list_name=_own_list(item),
    )


def _further(question: Question, older: Iterable[Question]) -> tuple[Choice, ...]:
    """Choices of older questions whose codes this one does not have, each once."""
    found = {choice.code: choice for one in older for choice in reversed(one.choices)}
    if not question.kind.has_choices:
        return ()
    order = dict.fromkeys(choice.code for one in older for choice in one.choices)
    return tuple(found[code] for code in order if code not in question.codes)


def _bare(question: Question) -> Question:
    """A question as a name with codes: what it depended on may be gone."""
    return Question(
        name=question.name,
        kind=question.kind,
        label=_unpiped(question.label),
        choices=question.choices,
        appearance=question.appearance,
        row=question.row,
        list_name=_own_list(question) if question.kind.has_choices else "",
        scale=question.scale,
    )


def _own_list(question: Question) -> str:
    """A name for choices of its own: others may share the list, and keep it as it is."""
    return f"{RETIRED}.{question.name}"


def _unpiped(label: Label) -> Label:
    """The texts with names where answers stood: what they were taken from may be gone."""
    names = {name for text in label.values() for name in piped_names(text) or ()}
    return piped_label(label, {name: f"[{name}]" for name in names})


def _free_name(taken: set[str]) -> str:
    name = RETIRED
    while name in taken:
        name += "_"
    return name
