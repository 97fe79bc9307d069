"""The page's engine as a file: its size, its parts, its language; and what it is sent."""

import gzip
import json
import re

import pytest

from survey.instrument.expressions.functions import FUNCTIONS
from survey.instrument.expressions.parser import parse
from survey.instrument.page_rules import PARTS, encode, lean_script, parts_of
from tests.expressions.cases import read_cases
from tests.expressions.engines import ENGINE, Surroundings, Value, page
from tests.expressions.test_cases import SHARED

SOURCE = ENGINE.read_text("utf-8")
# Which of the names are no functions of the page; every other error does not matter here.
UNKNOWN = """names => names.filter(name => {
    try {
        engine.evaluate([name], {nodes: {}});
    } catch (error) {
        return /not a function/.test(error.message);
    }
})"""


def cut_to(*texts):
    """The engine as a form with these expressions gets it."""
    return lean_script(SOURCE, parts_of(map(parse, texts)))


def compressed(text):
    return len(gzip.compress(text.encode(), 9))


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("1", 1),
        ("1.5", 1.5),
        ("1e300", 1e300),
        ("1e999", ["number", "Infinity"]),
        ("'张'", "张"),
        ("${a}", ["$", "a"]),
        (".", ["/", "."]),
        ("../a", ["/", "../a"]),
        ("/data/*/a", ["/", "/data/*/a"]),
        ("/d/a[. > 1][2]", ["[", ["/", "/d/a"], ["", ["/", "."], ">", 1], 2]),
        ("1 - 2 + 3", ["", 1, "-", 2, "+", 3]),
        ("1 or 2 or 3", ["or", 1, 2, 3]),
        ("/a | /b", ["|", ["/", "/a"], ["/", "/b"]]),
        ("--1", ["-", ["-", 1]]),
        ("selected(${a}, '1')", ["selected", ["$", "a"], "1"]),
        ("jr:choice-name(${a}, '${ a }')", ["jr:choice-name", ["$", "a"], "a"]),
        ("jr:choice-name(., '../g/a')", ["jr:choice-name", ["/", "."], "a"]),
    ],
)
def test_a_tree_is_sent_as_lists(text, encoded):
    assert encode(parse(text)) == encoded
    assert json.loads(json.dumps(encode(parse(text)), allow_nan=False)) == encoded


def test_the_deepest_and_longest_expressions_can_be_sent():
    for text in ("not(" * 62 + "1" + ")" * 62, "1" + "+1-1" * 900, "-" * 3_000 + "1"):
        assert json.loads(json.dumps(encode(parse(text))))


@pytest.fixture
def tab(browser):
    visitor = browser.new_context(timezone_id="Asia/Shanghai")
    yield visitor.new_page()
    visitor.close()


def test_the_page_knows_every_function_of_the_server_and_no_other(tab):
    tab.add_script_tag(content=SOURCE)
    assert tab.evaluate(UNKNOWN, [*FUNCTIONS, "nothing-like-this"]) == ["nothing-like-this"]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_holds_the_functions_that_are_said_to_be_in_it(tab, part):
    tab.add_script_tag(content=lean_script(SOURCE, frozenset(PARTS.keys() - {part})))
    assert set(tab.evaluate(UNKNOWN, list(FUNCTIONS))) == PARTS[part]


def test_each_shared_case_has_its_value_on_the_engine_cut_to_it(browser):
    cases = [case for case in read_cases(SHARED) if "UTC" in case.zones]
    by_parts = {}
    for case in cases:
        source = cut_to(case.expression)
        by_parts.setdefault(source, []).append(case)
    assert len(by_parts) > 4
    for source, some in by_parts.items():
        jobs = [(parse(case.expression), Surroundings(case.nodes, case.this)) for case in some]
        assert repr(page(browser, jobs, "UTC", source)) == repr(page(browser, jobs, "UTC"))


def test_an_engine_without_the_part_has_no_value(browser):
    """The control of the tests above: what is cut out is gone."""
    job = (parse("regex('a', 'a')"), Surroundings({}, None))
    whole, cut = (page(browser, [job], "UTC", source)[0] for source in (SOURCE, cut_to()))
    assert whole == Value("true", 1.0, True)
    assert isinstance(cut, str)


def test_the_engine_stays_within_its_budget():
    """Measured by gzip -9; the page may have 20 kB with everything."""
    assert compressed(cut_to()) <= 4_300
    assert compressed(cut_to("regex(., 'a')")) <= 5_500
    assert compressed(cut_to("today()")) <= 5_300
    assert compressed(SOURCE) <= 10_200


def test_the_engine_is_written_for_old_phones():
    """Nothing later than ES2019, and no look-behind, which Safari lacked until 2023."""
    late = (
        r"\?\.(?!\d)|\?\?|\(\?<[=!]|\.at\(|BigInt|\d\dn\b|matchAll|replaceAll|import|export|#\w+ ?="
    )
    assert not re.search(late, re.sub(r"^ *//.*", "", SOURCE, flags=re.MULTILINE))


def test_the_engine_can_be_asked_while_it_is_at_work(tab):
    """A label may be piped by an expression of its own."""
    tab.add_script_tag(content=SOURCE)
    found = tab.evaluate(
        """() => {
            const nodes = {"/d/a": ["1"], "/d/b": ["2"]};
            const choiceName = (name, code) => {
                try { engine.evaluate(["$", "nobody"], {nodes: {}}); } catch (error) { }
                return engine.asString(engine.evaluate(["/", "/d/b"], {nodes})) + code;
            };
            const tree = ["concat", ["jr:choice-name", ["/", "."], "q"], ["/", "."]];
            return engine.evaluate(tree, {nodes, self: "/d/a", choiceName});
        }"""
    )
    assert found == "211"
