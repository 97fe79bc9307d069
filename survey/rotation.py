"""The order in which a respondent sees choices and questions: none can be learnt by heart."""

from collections.abc import Sequence

from analysis.study.plan import Rotation
from survey.instrument.items import Choice, Group, Item, Question
from survey.instrument.rules import Rules, used_names

# So many orders of a form are made: each is then rendered once and kept. Even, so that both
# directions of a scale are equally frequent.
VARIANTS = 24


def variant_of(seed: int) -> int:
    """Which of the orders a response has; the seed is stored with it."""
    return seed % VARIANTS


def drawn_of(seed: int, bank: Sequence[str]) -> str:
    """Which of the items a response gets, drawn apart from its order: each is read both ways."""
    return bank[seed // VARIANTS % len(bank)]


def rotated_choices(
    choices: Sequence[Choice], question: Question, rotation: Rotation, variant: int
) -> tuple[Choice, ...]:
    """The choices backwards for every other respondent; codes that stay last stay last.

    A scale keeps its order, as it would not in a shuffle: half of the respondents
    read it from the best, half from the worst.
    """
    if question.name not in rotation.choices or variant % 2 == 0:
        return tuple(choices)
    last = [choice for choice in choices if choice.code in rotation.keep_last]
    turned = [choice for choice in choices if choice.code not in rotation.keep_last]
    return (*reversed(turned), *last)


def rotated_questions(
    group: Group, rules: Rules, rotation: Rotation, variant: int
) -> tuple[Item, ...]:
    """The questions of a group, begun at another one for each variant.

    A question that another one of the group decides on stays behind it, and a
    note stays before the question that it introduces.
    """
    if group.name not in rotation.questions:
        return group.children
    blocks = _blocks(group, rules)
    start = variant // 2 % len(blocks)
    return tuple(item for block in (*blocks[start:], *blocks[:start]) for item in block)


def _blocks(group: Group, rules: Rules) -> list[list[Item]]:
    by_name = {rule.name: rule for rule in rules.in_order}
    blocks: list[list[Item]] = []
    placed: set[str] = set()
    waiting: list[Item] = []
    for item in group.children:
        relevant = by_name[item.name].relevant
        reads = used_names(relevant, by_name[item.name].path, rules.paths) if relevant else ()
        if blocks and placed & set(reads):
            blocks[-1] += [*waiting, item]
            waiting = []
        elif isinstance(item, Question) and not item.kind.is_answered:
            waiting.append(item)
        else:
            blocks.append([*waiting, item])
            waiting = []
        placed.add(item.name)
    if waiting:
        blocks = [*blocks[:-1], [*(blocks[-1] if blocks else []), *waiting]]
    return blocks
