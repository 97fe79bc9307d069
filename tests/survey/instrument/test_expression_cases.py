"""The cases of expressions.json, each in its time zone or in three."""

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from survey.instrument.expressions.context import Context
from survey.instrument.expressions.evaluator import evaluate
from survey.instrument.expressions.parser import parse
from survey.instrument.expressions.values import as_boolean, as_number, as_string

CASES = json.loads((Path(__file__).parent / "expressions.json").read_text("utf-8"))
ZONES = ("America/Phoenix", "Asia/Shanghai", "UTC")
SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_an_expression_has_the_value_that_the_form_engines_give(case):
    for zone_name in [case["timezone"]] if "timezone" in case else ZONES:
        zone = ZoneInfo(zone_name)
        context = Context(
            nodes={
                path: texts if isinstance(texts, list) else [texts]
                for path, texts in case["nodes"].items()
            },
            this=case["this"],
            timezone=zone,
            now=datetime(2026, 3, 5, 4, tzinfo=UTC),
        )
        value = evaluate(parse(case["expression"]), context)
        expected = case["expected"]
        if case["type"] == "string":
            assert as_string(value, zone) == expected
        elif case["type"] == "boolean":
            assert as_boolean(value) is expected
        else:
            _same_number(as_number(value, zone), expected, case.get("decimals"))


def _same_number(found, expected, decimals):
    expected = SPECIAL.get(expected, expected)
    if decimals is not None:
        found = round(found, decimals)
    assert found == pytest.approx(expected, rel=1e-12, abs=0, nan_ok=True)


def test_all_cases_are_there():
    assert len(CASES) == 269
