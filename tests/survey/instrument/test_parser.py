"""Reading expressions: the tree, the errors, the limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.functions import FUNCTIONS
from survey.instrument.expressions.parser import MAX_DEPTH, parse
from survey.instrument.expressions.tokens import MAX_LENGTH
from survey.instrument.expressions.tree import (
    Call,
    Chain,
    Filter,
    Literal,
    Negation,
    Number,
    Path,
    Reference,
    references,
    walk,
)


def test_operators_bind_as_xpath_has_it():
    tree = parse("1 or 2 and 3 = 4 < 5 + 6 * -7")
    operators = []
    while isinstance(tree, Chain):
        operators.append(tree.rest[0][0])
        tree = tree.rest[-1][1]
    assert operators == ["or", "and", "=", "<", "+", "*"]
    assert tree == Negation(Number(7.0, 28), 27)


def test_operators_of_one_rank_form_one_chain_from_the_left():
    tree = parse("9 - 4 + 1")
    assert tree == Chain(Number(9.0, 0), (("-", Number(4.0, 4)), ("+", Number(1.0, 8))), 2)


def test_a_hundred_terms_are_not_a_hundred_levels():
    tree = parse(" or ".join(["${a} = 1"] * 100))
    assert isinstance(tree, Chain)
    assert len(tree.rest) == 99


def test_words_are_operators_only_after_an_operand():
    assert parse("div div mod") == Chain(
        Path(False, ("div",), 0), (("div", Path(False, ("mod",), 8)),), 4
    )
    assert parse("* * *") == Chain(Path(False, ("*",), 0), (("*", Path(False, ("*",), 4)),), 2)


def test_a_hyphen_inside_a_name_is_part_of_it():
    assert parse("a-b") == Path(False, ("a-b",), 0)
    assert parse("${a}-1") == Chain(Reference("a", 0), (("-", Number(1.0, 5)),), 4)


def test_references_and_names_may_be_chinese():
    assert references(parse("${姓名} = '张' and ${b} > 1")) == {"姓名", "b"}


@pytest.mark.parametrize("named", ["q", "${q}", " ${ q } ", "/data/g/q", "../q"])
def test_a_question_whose_labels_are_asked_for_counts_as_a_reference(named):
    assert references(parse(f"jr:choice-name('1', '{named}')")) == {"q"}


def test_walk_reaches_every_part():
    tree = parse("if(-${a} > 1, concat('x', /data/b[. = ${c}]), 2 | 3)".replace("2 | 3", "${d}"))
    kinds = {type(part) for part in walk(tree)}
    assert kinds == {Call, Chain, Negation, Reference, Number, Literal, Path, Filter}
    assert references(tree) == {"a", "c", "d"}


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "nothing"),
        ("   ", 0, "nothing"),
        ("1 +", 3, "found the end"),
        ("(1", 2, "')' was expected"),
        ("1)", 1, "operator or the end was expected, found )"),
        ("1 2", 2, "operator or the end was expected, found 2"),
        ("concat(1,)", 9, "found )"),
        ("concat(1 2)", 9, "',' or ')'"),
        ("'open", 0, "closing quotation mark"),
        ("${a} = “x”", 7, "straight quotation marks"),
        ("${a", 0, "${name"),
        ("$a", 0, "${name"),
        ("a ; b", 2, "begins nothing"),
        ("${a} \uff1d 1", 5, "begins nothing"),
        ("a == b", 3, "number, text, path"),
        ("nothing-like-this(1)", 0, "no function nothing-like-this()"),
        ("1 + pulldata('f', 'a', 'b', 1)", 4, "files are not read"),
        ("instance('f')", 0, "files are not read"),
        ("position('a')", 0, "needs a path"),
        ("indexed-repeat(${a}, 'b', 1)", 0, "needs a path"),
        ("indexed-repeat(${a}, ${b}, 1, ${c}, 1)", 0, "3 arguments, found 5"),
        ("jr:choice-name(${a}, ${a})", 0, "in quotation marks"),
        ("if(1, 2)", 0, "3 arguments, found 2"),
        ("not()", 0, "1 argument, found 0"),
        ("round(1, 2, 3)", 0, "1 to 2 arguments, found 3"),
        ("join()", 0, "at least 1"),
        ("a//b", 1, "'//' is not supported"),
        ("@a", 0, "'@' is not supported"),
        ("child::a", 0, "'child::' is not supported"),
        ("1 | 2", 2, "need paths"),
        ("('a')[1]", 5, "need paths"),
        ("a[b[1]]", 2, "inside [ ]"),
        ("/d/a[/d/b[1]]", 9, "inside [ ]"),
        ("a[../b = 1]", 2, "inside [ ]"),
        ("/d/a[1]/b", 7, "after [ ]"),
        ("count('a')", 0, "needs a path"),
        ("sum(1 + 1)", 0, "needs a path"),
        ("regex(., '(')", 0, "closing parenthesis"),
        ("format-date(today(), '%Q')", 0, "no %Q"),
        ("digest('a', 'crc')", 0, "no algorithm crc"),
    ],
)
def test_an_error_names_the_place_and_what_was_expected(text, position, words):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.position == position
    assert words in caught.value.sentence_en
    assert caught.value.sentence_zh.startswith(f"第 {position + 1} 个字符:")


def test_a_text_that_is_too_long_is_refused():
    parse("1" * MAX_LENGTH)
    with pytest.raises(ExpressionError, match="longer than"):
        parse("1" * (MAX_LENGTH + 1))


def test_a_text_that_nests_too_deep_is_refused():
    parse("(" * (MAX_DEPTH - 1) + "1" + ")" * (MAX_DEPTH - 1))
    with pytest.raises(ExpressionError, match="levels deep"):
        parse("(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH)
    with pytest.raises(ExpressionError, match="levels deep"):
        parse("not(" * 700 + "1" + ")" * 700)


@pytest.mark.parametrize("text", ["(" * 4000, "-" * 3999 + "1", "*" * 3999, "/a" * 2000])
def test_hostile_texts_are_read_or_refused_at_once(text):
    _tree_or_error(text)


@given(st.text(max_size=200))
def test_any_text_gives_a_tree_or_an_error(text):
    _tree_or_error(text)


_PIECES = [
    *(f"{name}(" for name in sorted(FUNCTIONS)),
    *("(", ")", "[", "]", ",", "/", "//", "|", "+", "-", "=", "!=", "<", "<=", "*", ".", ".."),
    *(
        " and ",
        " or ",
        " div ",
        " mod ",
        "${a}",
        "${",
        "'x'",
        '"',
        "1",
        ".5",
        "1e3",
        "a",
        "@",
        "::",
    ),
]


@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join))
def test_any_mixture_of_pieces_gives_a_tree_or_an_error(text):
    _tree_or_error(text)


def _tree_or_error(text: str) -> None:
    try:
        parts = list(walk(parse(text)))
    except ExpressionError as caught:
        error = caught
    else:
        assert parts
        return
    assert 0 <= error.position <= len(text)
