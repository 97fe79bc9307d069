"""The value of expressions, beyond the shared cases."""

import math
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.instrument.expressions.context import Context
from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.evaluator import evaluate
from survey.instrument.expressions.parser import parse
from survey.instrument.expressions.values import NodeSet, as_boolean, as_number, as_string

NODES = {
    "/data/g/a": ["1"],
    "/data/g/b": ["2"],
    "/data/item": ["5", "20", "100"],
    "/data/empty": [""],
    "/data/q": ["this"],
}
UTC_ZONE = ZoneInfo("UTC")


def value(text, this="/data/q", zone="Asia/Shanghai", nodes=NODES):
    context = Context(
        nodes=nodes,
        this=this,
        references={"a": "/data/g/a", "item": "/data/item", "empty": "/data/empty"},
        timezone=ZoneInfo(zone),
        now=datetime(2026, 3, 5, 17, 30, tzinfo=UTC),
    )
    return evaluate(parse(text), context)


def texts(text, **options):
    found = value(text, **options)
    assert isinstance(found, NodeSet)
    return [node.text for node in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${a}", ["1"]),
        ("${item}", ["5", "20", "100"]),
        (".", ["this"]),
        ("../g/a", ["1"]),
        ("../../../a", []),
        ("/data/g/*", ["1", "2"]),
        ("/data/*", ["5", "20", "100", "", "this"]),
        ("/data/none", []),
        ("..", [""]),
        ("/data", [""]),
        ("/data/g", []),
        ("./../q", ["this"]),
        ("${item}[2]", ["20"]),
        ("/data/item[. > 10]", ["20", "100"]),
        ("/data/item[. > 10][1]", ["20"]),
        ("/data/item[position() = last()]", ["100"]),
        ("/data/item[. > /data/g/a * 10]", ["20", "100"]),
        ("/data/item[current() = 'this']", ["5", "20", "100"]),
        ("/data/q | /data/g/b | /data/q", ["2", "this"]),
        ("(/data/item | ${a})[last()]", ["100"]),
    ],
)
def test_paths_find_their_nodes(text, found):
    assert texts(text) == found


def test_an_unknown_reference_is_an_error_with_its_place():
    with pytest.raises(ExpressionError, match="no question nobody") as caught:
        value("1 + ${nobody}")
    assert caught.value.position == 4


def test_or_and_if_leave_out_what_they_do_not_need():
    assert value("1 or ${nobody}") is True
    assert value("0 and ${nobody}") is False
    assert value("if(1, 'kept', ${nobody})") == "kept"


def test_an_error_of_a_function_names_the_place_of_the_call():
    with pytest.raises(ExpressionError) as caught:
        value("1 + regex(., concat('(', ''))")
    assert caught.value.position == 4


def test_today_is_the_local_day_and_now_the_moment():
    assert as_string(value("today()"), ZoneInfo("Asia/Shanghai")) == "2026-03-06"
    assert as_string(value("today()", zone="UTC"), UTC_ZONE) == "2026-03-05"
    shown = as_string(value("now()"), ZoneInfo("Asia/Shanghai"))
    assert shown == "2026-03-06T01:30:00.000+08:00"


def test_a_date_is_compared_with_a_text_as_a_date():
    assert value("today() > '2026-03-05'") is True
    assert value("date('2026-3-5') = '2026-03-05'") is True
    assert value("'2026-03-05' = '2026-3-5'") is True
    assert value("'2026-03-05' = 'x'") is False


def test_summer_time_moves_midnight():
    winter = as_number(value("date('2026-03-28')", zone="Europe/Berlin"), UTC_ZONE)
    summer = as_number(value("date('2026-03-30')", zone="Europe/Berlin"), UTC_ZONE)
    assert summer - winter == pytest.approx(2 - 1 / 24)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date('2026-02-30')", "2026-03-02T08:00:00.000+08:00"),
        ("date('2026-02-32')", "Invalid Date"),
        ("date('2026-13-01')", "Invalid Date"),
        ("date('')", ""),
        ("date(true())", "Invalid Date"),
        ("date('2026-03-05T25:00:00')", "Invalid Date"),
        ("date('2026-03-05T01:02:03')", "2026-03-05T01:02:03.000+08:00"),
        ("date(1e300)", "Invalid Date"),
        ("format-date(1e12, '%Y')", ""),
        ("format-date('2026-03-05', '100%%')", "100%"),
    ],
)
def test_odd_dates_have_a_text(text, expected):
    assert as_string(value(text), ZoneInfo("Asia/Shanghai")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e21", "1e+21"),
        ("1e20", "100000000000000000000"),
        ("0.0000001", "1e-7"),
        ("0.00000123", "0.00000123"),
        ("-1.5e-10", "-1.5e-10"),
        ("123456.789", "123456.789"),
        ("1 div 0", "Infinity"),
        ("-1 div 0", "-Infinity"),
        ("0 div 0", "NaN"),
    ],
)
def test_numbers_are_written_in_their_shortest_form(text, expected):
    assert as_string(value(text), UTC_ZONE) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_text_reads_back_the_same(number):
    text = as_string(number, UTC_ZONE)
    assert as_number(text, UTC_ZONE) == number


_ARITHMETIC = st.recursive(
    st.integers(0, 999).map(str) | st.sampled_from(["0.5", "1.25", "3e2"]),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
        lambda part: f"({part[0]} {part[1]} {part[2]})"
    ),
    max_leaves=12,
)


@given(_ARITHMETIC, st.sampled_from("+-*"), _ARITHMETIC)
def test_arithmetic_agrees_with_python(left, sign, right):
    text = f"{left} {sign} {right} - -{left}"
    assert value(text) == float(eval(text))  # the text is our own: digits, signs, parentheses


@given(st.lists(st.sampled_from(["true()", "false()"]), min_size=1, max_size=8), st.booleans())
def test_chains_of_or_and_and_agree_with_any_and_all(terms, use_or):
    joined = (" or " if use_or else " and ").join(terms)
    combine = any if use_or else all
    assert as_boolean(value(joined)) is combine(term == "true()" for term in terms)


@given(st.text(max_size=40), st.text(max_size=5), st.text(max_size=5))
def test_text_functions_agree_with_python(text, mark, other):
    nodes = {"/t": [text], "/m": [mark], "/o": [other]}

    def found(expression):
        return value(expression, nodes=nodes)

    assert found("contains(/t, /m)") is (mark in text)
    assert found("starts-with(/t, /m)") is text.startswith(mark)
    assert found("concat(substring-before(/t, /m), /m, substring-after(/t, /m))") == (
        text if mark in text else mark
    )
    assert found("string-length(/t)") == len(text)
    assert found("substr(/t, 1, -1)") == text[1:-1]
    assert found("substring(/t, 2, 3)") == text[1:4]
    assert found("concat(/t, /o)") == text + other


HOSTILE = {
    "regexes": " or ".join(["regex(., '(.*)*(.*)*(.*)*q')"] * 120),
    "predicates": " | ".join(["/many[. > 1]"] * 250),
    "translations": "=".join(["translate(.,.,.)"] * 200),
    "pairs": "=".join(["/many"] * 600),
    "copies": "concat(" + ",".join(["."] * 1900) + ")",
    "digests": " = ".join(["digest(., 'SHA-512')"] * 150),
    "powers": "pow(10, pow(10, 9)) * pow(-9, 999999999)",
    "levels": "if(1, " * 60 + "1" + ", 0)" * 60,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_expressions_end_at_once(text):
    nodes = {"/data/q": ["a" * 2000], "/many": [str(number) for number in range(40)]}
    with suppress(ExpressionError):  # "this takes too long to compute" is an answer too
        value(text, nodes=nodes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("--5", "5"),
        ("---5", "-5"),
        ("1 div -0", "-1 div 0"),
        ("string('2026-03-05x' + 1)", "'NaN'"),
        (
            "join(' ', randomize(/data/item, 0))",
            "join(' ', randomize(/data/item, 2147483646))",
        ),
        ("area('0 1;1 1;1 0;0 0')", "area('0 1;1 1;1 0;0 0;0 1')"),
        ("distance('1 2;3 4')", "distance('3 4;1 2')"),
        ("distance('1 2;1 2')", "0"),
        ("selected-at('a b', 1)", "'b'"),
        ("weighted-checklist(3, 3, 1, 2, /data/item, 1)", "true()"),
    ],
)
def test_two_ways_give_the_same_value(one, other):
    assert value(one) == value(other)


def test_an_infinite_or_missing_number_stays_what_it_is():
    for text in ("round(1 div 0)", "floor(1 div 0)", "int(1 div 0)", "exp(10000)", "pow(0, -1)"):
        assert value(text) == math.inf, text
    for text in ("sqrt(-1)", "log(-1)", "acos(2)", "sin(1 div 0)", "1 mod 0", "pow(-8, 0.5)"):
        assert math.isnan(value(text)), text
    assert value("log(0)") == -math.inf


HOUSE = {
    "/data/size": ["3"],
    "/data/child": ["", "", ""],
    "/data/child/name": ["An", "Bo", "Cui"],
    "/data/child/school/year": ["1", "", "3"],
    "/data/child/age": ["7", "3", "9"],
    "/data/pet": [],
    "/data/pet/name": [],
}
HOUSE_NAMES = {path.rpartition("/")[2]: path for path in HOUSE} | {
    "school": "/data/child/school",
    "name": "/data/child/name",
}


def inside(text, instance=1, this="/data/child/age", repeat="/data/child", **options):
    context = Context(
        HOUSE, this, HOUSE_NAMES, repeat=repeat, instance=instance, now=datetime.now(UTC), **options
    )
    found = evaluate(parse(text), context)
    return [node.text for node in found] if isinstance(found, NodeSet) else found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (".", ["3"]),
        ("${age}", ["3"]),
        ("../name", ["Bo"]),
        ("../school/year", [""]),
        ("../*", ["Bo", "3"]),
        ("${size}", ["3"]),
        ("../../size", ["3"]),
        ("..", [""]),
        ("../..", [""]),
        ("/data/child/age", ["7", "3", "9"]),
        ("/data/child/age[. > 5]", ["7", "9"]),
        ("/data/child/age[. > ${age}]", ["7", "9"]),
        ("/data/child/age[. < current()]", []),
        ("/data/child/name[position() = ${age}]", ["Cui"]),
        ("${child}", ["", "", ""]),
        ("../../pet/name", []),
        ("${age} | /data/child/age", ["7", "3", "9"]),
        ("position(..)", 2.0),
        ("position(${child})", 1.0),
        ("count(${child})", 3.0),
        ("position(..) = count(${child})", False),
        ("sum(/data/child/age)", 19.0),
        ("sum(${age})", 3.0),
        ("count(${pet})", 0.0),
        ("indexed-repeat(${age}, ${child}, position(..) - 1)", ["7"]),
        ("indexed-repeat(${name}, ${child}, 3)", ["Cui"]),
        ("indexed-repeat(/data/child/name, /data/child, ${age})", ["Cui"]),
        ("indexed-repeat(${name}, ${child}, 4)", []),
        ("indexed-repeat(${name}, ${child}, 1.5)", []),
        ("count(indexed-repeat(${name}, ${child}, 1) | ${name})", 2.0),
        ("once('new')", "3"),
        ("string-length()", 1.0),
    ],
)
def test_inside_a_repeat_a_name_means_the_node_of_this_instance(text, found):
    assert inside(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${age}", ["7", "3", "9"]),
        ("../child/age", ["7", "3", "9"]),
        ("indexed-repeat(${age}, ${child}, 2)", ["3"]),
        ("count(${child})", 3.0),
        ("max(${age})", 9.0),
        ("join(' ', ${name})", "An Bo Cui"),
        ("position(${name}[. = 'Bo'])", 2.0),
    ],
)
def test_outside_a_repeat_a_name_means_all_instances(text, found):
    assert inside(text, instance=0, this="/data/size", repeat="") == found


def test_an_instance_that_does_not_exist_has_no_nodes():
    assert inside("${age}", instance=3) == []
    assert math.isnan(inside("position(..)", instance=3))


def test_a_group_within_the_repeat_is_one_of_its_kind():
    assert inside("position(../..)", instance=2, this="/data/child/school/year") == 3
    assert inside("position(..)", instance=2, this="/data/child/school/year") == 1


def test_a_repeat_whose_name_begins_like_another_is_a_repeat_of_its_own():
    nodes = {"/d/a": ["", ""], "/d/a/q": ["1", "2"], "/d/ab": ["", ""], "/d/ab/q": ["3", "4"]}
    context = Context(nodes, "/d/a/q", {"b": "/d/ab/q"}, repeat="/d/a", instance=1)
    assert [node.text for node in evaluate(parse("${b}"), context)] == ["3", "4"]


def test_labels_of_choices_come_from_the_surroundings():
    labels = {("sex", "f"): "女"}
    context = Context(
        {"/data/sex": ["f"], "/data/none": [""]},
        "/data/sex",
        {"sex": "/data/sex", "none": "/data/none"},
        choice_name=lambda name, code: labels.get((name, code), "?"),
    )
    assert evaluate(parse("jr:choice-name(${sex}, '${sex}')"), context) == "女"
    assert evaluate(parse("jr:choice-name(., '/data/sex')"), context) == "女"
    assert evaluate(parse("jr:choice-name(${none}, '${sex}')"), context) == ""
    assert value("jr:choice-name(selected-at('x y', 1), 'q')") == "y"


DRAWS = ["random()", "uuid()", "uuid(100)", "join('', randomize(/data/child/name))"]


@pytest.mark.parametrize("text", DRAWS)
def test_chance_is_the_same_for_the_same_seed(text):
    assert inside(text, seed=7) == inside(text, seed=7)
    assert len({str(inside(text, seed=seed)) for seed in range(40)}) > 4


def test_chance_differs_from_node_to_node_and_from_call_to_call():
    draws = [inside("random()", instance=0), inside("random()"), inside("random() + 0")]
    draws += [inside("random()", this="/data/child/name"), inside("random() * 0 + random()")]
    assert len(set(draws)) == 4  # the third is the second again
    assert inside("uuid() = uuid()") is False


def test_random_numbers_lie_evenly_between_0_and_1():
    draws = [inside("random()", seed=seed) for seed in range(2000)]
    assert all(0 <= draw < 1 for draw in draws)
    assert sum(draws) / 2000 == pytest.approx(0.5, abs=4 * (1 / 12 / 2000) ** 0.5)


def test_a_uuid_has_the_form_of_version_4():
    found = {inside("uuid()", seed=seed) for seed in range(50)}
    assert len(found) == 50
    assert all(UUID(text).version == 4 and str(UUID(text)) == text for text in found)
    assert len(inside("uuid(100)")) == 100
    assert inside("uuid(0)") == ""
    for length in ("-1", "1e9", "0 div 0"):
        with pytest.raises(ExpressionError, match="length of uuid"):
            inside(f"uuid({length})")


def test_without_a_seed_the_order_is_that_of_the_surroundings():
    assert inside("randomize(/data/child/name)", seed=5) == inside(
        "randomize(/data/child/name, 5)", seed=9
    )


@pytest.mark.parametrize(
    ("coded", "text"),
    [("5rSX5omL", "洗手"), (" 5rSX\n5omL ", "洗手"), ("YQ==", "a"), ("", "")]
    + [(wrong, "") for wrong in ("YQ=", "YQ", "Y=Q=", "////", "洗手", "YQ==YQ==")],
)
def test_base64_is_decoded_where_it_holds_a_text(coded, text):
    assert value("base64-decode(/t)", nodes={"/t": [coded]}) == text


SQUARE = "30 120;30 121;31 121;31 120"


@pytest.mark.parametrize(
    ("point", "fence", "inside"),
    [
        ("30.5 120.5", SQUARE, True),
        ("30.5 120.5 8 4", SQUARE + ";30 120", True),
        ("30.5 121.5", SQUARE, False),
        ("29.5 120.5", SQUARE, False),
        ("30.4 120.9", "30 120;30 121;31 121;30.5 120.5;31 120", True),
        ("30.9 120.5", "30 120;30 121;31 121;30.5 120.5;31 120", False),
        ("", SQUARE, False),
        ("30.5 120.5", "", False),
    ],
)
def test_a_point_is_inside_its_fence_or_not(point, fence, inside):
    assert value("geofence(/p, /f)", nodes={"/p": [point], "/f": [fence]}) is inside


@pytest.mark.parametrize(
    "text",
    [
        "concat(/t, /t, /t, /t, /t, /t)",
        "join(/t, 1, 2, 3, 4, 5, 6, 7)",
        "uuid(10001)",
        "format-date(0, /f)",
    ],
)
def test_a_text_that_doubles_from_row_to_row_is_refused(text):
    with pytest.raises(ExpressionError, match="10000"):
        value(text, nodes={"/t": ["长" * 2000], "/f": ["%Y" * 3000]})


@pytest.mark.parametrize(
    "text",
    [
        "count(/many | /many)",
        "/many = /other",
        "/many[string-length(.) > string-length(/long)]",
        "not(contains(/long, /half) and contains(/long, /half) and contains(/long, /half))",
        "concat(substring-before(/half, /long), substring-after(/long, /long))",
        "digest(/long, 'SHA-512') = digest(/long, 'MD5')",
        "distance(/line)",
        "sum(/*) + sum(/*) + sum(/*)",
    ],
)
def test_every_kind_of_work_is_charged(text):
    nodes = {
        "/many": [str(number) for number in range(20_000)],
        "/other": [str(-number) for number in range(1, 20_000)],
        "/long": ["a" * 9_999],
        "/half": ["a" * 5_000],
        "/line": [";".join(["30 120"] * 6_000)],
        "/few": ["1"] * 20_000,
    }
    with pytest.raises(ExpressionError, match="too long"):
        value(text, nodes=nodes)


def test_a_clock_time_in_the_gap_of_a_change_at_midnight_is_the_one_after_it():
    found = as_string(value("date('2018-11-04T09:00')", zone="America/Sao_Paulo"), UTC_ZONE)
    assert found == "2018-11-04T11:00:00.000+00:00"
    midnight = as_string(value("date('2018-11-04')", zone="America/Sao_Paulo"), UTC_ZONE)
    assert midnight == "2018-11-04T03:00:00.000+00:00"


def test_the_sign_of_zero_is_kept():
    for text in ("ceiling(-0.5)", "int(-0.5)", "floor(-0)", "round(-0.4)"):
        assert value(f"1 div {text}") == -math.inf, text
