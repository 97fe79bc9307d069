"""regex(): the same answers as Python's re on patterns that both know, in linear time."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.instrument.expressions.context import Allowance
from survey.instrument.expressions.errors import FunctionError
from survey.instrument.expressions.patterns import compile_pattern

_ATOMS = ["a", "b", "1", ".", "[ab]", "[^a]", "[a-c1-3]", "\\d", "\\w", "\\S", "x", "\\."]
_PATTERNS = st.recursive(
    st.sampled_from(_ATOMS),
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})")
        | st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{2,}", "+?"])).map(
            lambda part: f"({part[0]}){part[1]}"
        )
        | inner.map(lambda one: f"^{one}")
        | inner.map(lambda one: f"{one}$")
        | inner.map(lambda one: f"\\b{one}\\b")
    ),
    max_leaves=5,
)


def found(pattern, text):
    return compile_pattern(pattern).found_in(text, Allowance().spend)


@given(_PATTERNS, st.text(alphabet="abc1x._ ", max_size=8))
def test_it_finds_what_pythons_re_finds(pattern, text):
    # \Z: in JavaScript $ means the very end, in Python also the place before a last line feed.
    assert found(pattern, text) is (re.search(pattern.replace("$", r"\Z"), text) is not None)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("^1[3-9]\\d{9}$", "13800138000", "12800138000"),
        ("^[1-9]\\d{5}(19|20)\\d{9}[0-9Xx]$", "11010519900307123X", "1101051990030712"),
        ("^[一-龥·]{2,20}$", "阿依古丽·买买提", "Ann"),
        ("^[^\\s@]+@[^\\s@]+\\.[a-z]{2,}$", "a@b.cn", "a b@c.cn"),
        ("^(yes|no)?$", "", "maybe"),
        ("[\\u4e00-\\u9fa5]", "x中", "xyz"),
        ("[\\d-]+$", "010-1", "x_"),
        ("[^]", "\n", ""),
        ("a{,2}", "a{,2}", "aa"),
        ("\\x41\\t", "A\t", "A"),
        ("[\\w.-]", "-", " "),
        ("^\\W+$", "!?", "a"),
        ("\\Bb", "ab", "b"),
    ],
)
def test_patterns_of_form_authors(pattern, yes, no):
    assert found(pattern, yes) is True
    assert found(pattern, no) is False


@pytest.mark.parametrize(
    "pattern",
    [
        *("(", ")", "[a", "a**", "*a", "{2}", "a{3,2}", "[b-a]", "[\\d-z]", "(?=a)", "(?<n>a)"),
        *("(a)\\1", "\\", "\\p{L}", "^*", "x" * 401, "(" * 30 + ")" * 30),
        *("((a{99}){99}){99}", "((((){999}){999}){999}){999}"),
    ],
)
def test_what_is_no_pattern_or_too_large_is_refused(pattern):
    with pytest.raises(FunctionError):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|a)*b", "(a*)*(a*)*(a*)*b", "((a{1,20}){1,20})$", "(x+x+)+y", "a?" * 90],
)
def test_patterns_that_ruin_backtracking_take_no_time(pattern):
    for text in ("a" * 2000 + "!", "x" * 2000):
        found(pattern, text)


def test_a_search_that_costs_too_much_is_given_up():
    with pytest.raises(FunctionError, match="too long"):
        found(".{0,290}z", "a" * 2000)


@given(st.text(max_size=60))
def test_any_text_is_a_pattern_or_refused(pattern):
    try:
        found(pattern, "abc 123")
    except FunctionError:
        return
