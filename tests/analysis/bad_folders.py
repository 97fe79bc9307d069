"""Study folders with one fault each, and the lines that must name it."""

from tests.analysis.small_study import (
    DOOR,
    ROOT,
    SCAN,
    TOWNS,
    drop_lines,
    read_table,
    replace,
    set_cell,
    write_table,
)


def not_utf8(name, line):
    def bend(study):
        lines = (study / name).read_bytes().split(b"\n")
        lines[line - 1] += "镇".encode("gb18030")
        (study / name).write_bytes(b"\n".join(lines))

    return bend


def cell(name, line, column, text):
    return lambda study: set_cell(study, name, line, column, text)


def text(name, old, new):
    return lambda study: replace(study, name, old, new)


def form(line):
    return text("study.toml", "[[wave]]", f"[form]\n{line}\n\n[[wave]]")


def without(name):
    return lambda study: (study / name).unlink()


def column_gone(name, column):
    def bend(study):
        rows = read_table(study / name)
        at = rows[0].index(column)
        write_table(study / name, [row[:at] + row[at + 1 :] for row in rows])

    return bend


def column_added(name, column, value):
    def bend(study):
        rows = read_table(study / name)
        write_table(study / name, [[*rows[0], column], *([*row, value] for row in rows[1:])])

    return bend


def raw(name, old, new):
    """Change the first place where a text stands."""

    def bend(study):
        data = (study / name).read_text(encoding="utf-8")
        assert old in data
        (study / name).write_text(data.replace(old, new, 1), encoding="utf-8", newline="")

    return bend


def both(*bends):
    def bend(study):
        for one in bends:
            one(study)

    return bend


def weighted_by_column(value):
    return both(
        text("study.toml", '{ population = "people" }', '{ column = "weight" }'),
        cell(DOOR, 9, "weight", value),
    )


SECOND_WAVE = """
[[wave]]
id = "W2"
title = { zh = "二", en = "Two" }
opens = 2026-04-01
closes = 2026-04-10
"""
VILLAGE = f"{TOWNS[0][:9]}201"


def empty_cell(study):
    """Nobody of the second town is old; an old person of the first keeps the margin "old" met."""
    rows = read_table(study / DOOR)
    for row in rows[1:]:
        if row[1] == TOWNS[1] and row[4] == "3":
            row[4] = "1"
    write_table(study / DOOR, rows)


def one_cluster(study):
    rows = read_table(study / DOOR)
    for row in rows[1:]:
        if row[1] == TOWNS[1]:
            row[2] = f"{TOWNS[1][:9]}201"
    write_table(study / DOOR, rows)


def no_solution(study):
    """All of the first town are women, all of the second men; the totals are not so."""
    replace(study, "study.toml", 'samples = ["W1-door"]\npoststratify = ["town", "old"]', "")
    for name in (DOOR, SCAN):
        rows = read_table(study / name)
        for row in rows[1:]:
            row[3] = "f" if row[1] == TOWNS[0] else "m"
        write_table(study / name, rows)


def short_code(found):
    """The code, then the rows that name the village that is gone."""
    assert found[0] == ("areas.csv", "10", "code", "53009910220")
    assert {line[2:] for line in found[1:]} == {("village", f"{TOWNS[1][:9]}203")}
    return found


def lacking_category(found):
    """Each person in it, at each margin that lacks it; the totals differ by then, too."""
    assert ("margins.csv", "-", "old", "6000.0") in found
    lines = [line for line in found if line[0] == DOOR]
    assert {(line[2], line[3]) for line in lines} == {
        ("old", "年长"), ("town*old", f"{TOWNS[0]}*年长"), ("town*old", f"{TOWNS[1]}*年长"),
    }  # fmt: skip
    return found


def not_met(found):
    assert [line[:3] for line in found] == [
        ("margins.csv", "-", found[0][2]), ("margins.csv", "-", found[1][2]),
    ]  # fmt: skip
    assert all(line[2] in {"town", "sex"} and " = " in line[3] for line in found)
    return found


BAD = {
    # the files
    "not UTF-8": (not_utf8(DOOR, 3), [(DOOR, "3", "-", "d5")]),
    "study.toml not UTF-8": (not_utf8("study.toml", 4), [("study.toml", "4", "-", "d5")]),
    "a missing table": (without("indicators.csv"), [("indicators.csv", "-", "-", "")]),
    "a missing response file": (without(SCAN), [(SCAN, "-", "-", "")]),
    "no questionnaire": (without("questionnaire.xlsx"), [("questionnaire.xlsx", "-", "-", "")]),
    "no study.toml": (without("study.toml"), [("study.toml", "-", "-", "")]),
    "margins.csv missing": (without("margins.csv"), [("margins.csv", "-", "-", "")]),
    "an empty file": (
        lambda study: (study / "margins.csv").write_text(""),
        [("margins.csv", "1", "-", "")],
    ),
    "a missing column": (column_gone("areas.csv", "level"), [("areas.csv", "1", "level", "")]),
    "a missing question": (column_gone(DOOR, "know"), [(DOOR, "1", "know", "")]),
    "a missing cluster": (
        text("study.toml", 'cluster = "village"', 'cluster = "block"'),
        [(DOOR, "1", "block", "")],
    ),
    "a missing source of a recode": (
        text("study.toml", 'from = "age"', 'from = "years"'),
        [(DOOR, "1", "years", ""), (SCAN, "1", "years", "")],
    ),
    "a missing domain": (
        text("study.toml", '"root", "town"', '"root", "block"'),
        [(DOOR, "1", "block", ""), (SCAN, "1", "block", "")],
    ),
    "a ragged row": (raw(DOOR, "\nD002,", "\nD002,extra,"), [(DOOR, "3", "-", "10")]),
    "NUL": (raw(DOOR, "D004", "D0\x0004"), [(DOOR, "5", "-", "NUL")]),
    "a column named twice": (
        both(column_added(DOOR, "extra", ""), raw(DOOR, ",extra", ",town")),
        [(DOOR, "1", "town", "town")],
    ),
    "a quote that never ends": (
        raw(SCAN, "S040,", '"S040,'),
        [(SCAN, "41", "-", "unexpected end of data")],
    ),
    # study.toml
    "TOML syntax": (
        text("study.toml", 'timezone = "Asia/Shanghai"', 'timezone = "Asia'),
        [("study.toml", "8", "-", "Illegal character '\\n' (at line 8, column 17)")],
    ),
    "TOML that ends early": (
        lambda study: (study / "study.toml").write_text('[study]\nid = """x\n'),
        [("study.toml", "2", "-", "Unterminated string (at end of document)")],
    ),
    "a wrong type": (
        text("study.toml", "valid_until = 2026-12-31", 'valid_until = "2026-12-31"'),
        [("study.toml", "-", "study.valid_until", "2026-12-31")],
    ),
    "a wrong type in a list of tables": (
        text("study.toml", 'poststratify = ["town", "old"]', 'poststratify = "town"'),
        [("study.toml", "-", "weighting.post.poststratify", "town")],
    ),
    "a key that is missing": (
        text("study.toml", f'root_area = "{ROOT}"', ""),
        [("study.toml", "-", "study.root_area", "")],
    ),
    "a kind that is none": (
        text("study.toml", '"opt-in"', '"optin"'),
        [("study.toml", "-", "sample.W1-scan.kind", "optin")],
    ),
    "an empty list of variables": (
        text("study.toml", 'poststratify = ["town", "old"]', "poststratify = []"),
        [("study.toml", "-", "weighting.post.poststratify", "[]")],
    ),
    "two ways to weight": (
        text(
            "study.toml",
            'poststratify = ["town", "old"]',
            'poststratify = ["town"]\nrake = [["old"]]',
        ),
        [("study.toml", "-", "weighting.post.rake", "rake, poststratify")],
    ),
    "a variable twice in a margin": (
        text("study.toml", '[["town"], ["old"]', '[["town", "town"], ["old"]'),
        [("study.toml", "-", "weighting.rake.rake", "[['town', 'town'], ['old'], ['sex']]")],
    ),
    "a headline that is none": (
        text("study.toml", 'headline = "rake"', 'headline = { probability = "best" }'),
        [("study.toml", "-", "estimates.headline.probability", "best")],
    ),
    "a level that is none": (
        text("study.toml", "domains = [", "level = 95\ndomains = ["),
        [("study.toml", "-", "estimates.level", "95")],
    ),
    "fpc with clusters": (
        text("study.toml", 'lonely_psu = "fail"', 'fpc = { column = "weight" }'),
        [
            ("study.toml", "-", "sample.W1-door.fpc", "{'column': 'weight'}"),
            # and the weights differ within a stratum
            *((DOOR, str(k), "weight", f"{1 + (k - 2) % 7}.5") for k in range(2, 74)),
        ],
    ),
    "changes of a wave without a sample": (
        both(
            text("study.toml", "[recode.old]", SECOND_WAVE + "[recode.old]"),
            text("study.toml", "[estimates]", '[estimates]\nchanges = [["W1", "W2"]]'),
        ),
        [("study.toml", "-", "wave.W2", "W2")],
    ),
    "a code of a recode": (
        text("study.toml", '["3"]', '["3", "7"]'),
        [("study.toml", "-", "recode.old.groups", "7")],
    ),
    "a path that leaves the folder": (
        text("study.toml", f'"{SCAN}"', '"../scan.csv"'),
        [("study.toml", "-", "sample.W1-scan.responses", "../scan.csv")],
    ),
    "a coached question without choices": (
        form('coached = { question = "say", yes = ["1"] }'),
        [("study.toml", "-", "form.coached.question", "say")],
    ),
    "a code of a coached question": (
        form('coached = { question = "know", yes = ["a", "1"] }'),
        [("study.toml", "-", "form.coached.yes", "1")],
    ),
    "a coached question without a yes": (
        form('coached = { question = "know", yes = [] }'),
        [("study.toml", "-", "form.coached.yes", "[]")],
    ),
    "all that can be wrong with an overclaim rule": (
        form('overclaim = { question = "no", item = "sex", claims = [1], bank = ["x", "x "] }'),
        [
            ("study.toml", "-", "form.overclaim.claims", "[1]"),
            ("study.toml", "-", "form.overclaim.bank", "['x', 'x ']"),
            ("study.toml", "-", "form.overclaim.question", "no"),
            ("study.toml", "-", "form.overclaim.item", "sex"),
        ],
    ),
    "an overclaim rule without its parts": (
        form("overclaim = {}"),
        [
            ("study.toml", "-", f"form.overclaim.{key}", "")
            for key in ("question", "item", "claims", "bank")
        ],
    ),
    "an overclaim item that is its question": (
        form('overclaim = { question = "know", item = "know", claims = ["a"], bank = ["x", " "] }'),
        [
            ("study.toml", "-", "form.overclaim.bank", "['x', ' ']"),
            ("study.toml", "-", "form.overclaim.item", "know"),
            ("study.toml", "-", "form.overclaim.item", "know"),
        ],
    ),
    "what cannot be rotated": (
        form('rotate = { choices = ["say", "no"], questions = ["know"] }'),
        [
            ("study.toml", "-", "form.rotate.choices", "say"),
            ("study.toml", "-", "form.rotate.choices", "no"),
            ("study.toml", "-", "form.rotate.questions", "know"),
        ],
    ),
    "codes that are last of nothing": (
        form('rotate = { keep_last = ["9"] }'),
        [("study.toml", "-", "form.rotate.keep_last", "['9']")],
    ),
    # areas, margins, indicators
    "an unknown parent": (
        cell("areas.csv", 4, "parent", "530000000000"),
        [("areas.csv", "4", "parent", "530000000000")],
    ),
    "an area cycle": (
        cell("areas.csv", 2, "parent", TOWNS[0]),
        [("areas.csv", "2", "parent", f"{ROOT} > {TOWNS[0]} > {ROOT}")],
    ),
    "a code that is too short": (
        cell("areas.csv", 10, "code", "53009910220"),
        short_code,
    ),
    "a suffix off the level of grids": (
        cell("areas.csv", 11, "level", "村级"),
        [("areas.csv", "11", "code", f"{VILLAGE}-A1")],
    ),
    "a suffix in lower case": (
        cell("areas.csv", 11, "code", f"{VILLAGE}-a1"),
        [("areas.csv", "11", "code", f"{VILLAGE}-a1")],
    ),
    "an area code twice": (
        both(
            cell("areas.csv", 11, "code", VILLAGE),
            cell("areas.csv", 11, "parent", TOWNS[0]),
            cell("areas.csv", 11, "level", "村级"),
        ),
        [("areas.csv", "11", "code", VILLAGE)],
    ),
    "a level that is no level": (
        cell("areas.csv", 11, "level", "组"),
        [("areas.csv", "11", "code", f"{VILLAGE}-A1"), ("areas.csv", "11", "level", "组")],
    ),
    "a population that is no number": (
        cell("areas.csv", 5, "people", "many"),
        [("areas.csv", "5", "people", "many")],
    ),
    "a population column that is not there": (
        text("study.toml", '"people"', '"adults"'),
        [("areas.csv", "1", "adults", "")],
    ),
    "a margin that is not there": (
        text("study.toml", '["old"], ["sex"]', '["old"], ["like"]'),
        [("margins.csv", "-", "margin", "")],
    ),
    "a total that is no number": (
        cell("margins.csv", 3, "total", "4_000"),
        [("margins.csv", "3", "total", "4_000")],
    ),
    "margins that differ by more than 0.5 %": (
        cell("margins.csv", 6, "total", "4646"),
        [("margins.csv", "-", "sex", "9046.0")],
    ),
    "a category that margins.csv lacks": (
        lambda study: drop_lines(study, "margins.csv", "年长"),
        lacking_category,
    ),
    "an answer code in a definition": (
        cell("indicators.csv", 2, "numerator", "a|e"),
        [("indicators.csv", "2", "numerator", "e")],
    ),
    "a question in a definition": (
        cell("indicators.csv", 3, "question", "deeds"),
        [
            ("indicators.csv", "3", "question", "deeds"),
            (DOOR, "1", "deeds", ""),
            (SCAN, "1", "deeds", ""),
        ],
    ),
    "a kind of figure": (
        cell("indicators.csv", 2, "kind", "share"),
        [("indicators.csv", "2", "kind", "share")],
    ),
    "points that are missing": (
        cell("indicators.csv", 4, "scores", "1:100|2:60|3:30"),
        [("indicators.csv", "4", "scores", "1:100|2:60|3:30")],
    ),
    # answers
    "an unknown code": (cell(DOOR, 7, "know", "d"), [(DOOR, "7", "know", "d")]),
    "an unknown code among several": (
        cell(DOOR, 8, "acts", "x w"),
        [(DOOR, "8", "acts", "x w")],
    ),
    "an unknown code in a column that no figure uses": (
        column_added(SCAN, "size", "big"),
        [(SCAN, str(k), "size", "big") for k in range(2, 42)],
    ),
    "a response_id twice": (
        cell(DOOR, 9, "response_id", "D001"),
        [(DOOR, "9", "response_id", "D001")],
    ),
    "a response_id in two files": (
        cell(SCAN, 9, "response_id", "D001"),
        [(SCAN, "9", "response_id", "D001")],
    ),
    "no response_id": (cell(DOOR, 9, "response_id", ""), [(DOOR, "9", "response_id", "")]),
    "a status that is none": (
        column_added(DOOR, "status", "ok"),
        [*((DOOR, str(k), "status", "ok") for k in range(2, 74)), (DOOR, "-", "status", "72")],
    ),
    "an empty area": (cell(SCAN, 3, "village", ""), [(SCAN, "3", "village", "")]),
    "an unknown area": (cell(SCAN, 3, "village", "99"), [(SCAN, "3", "village", "99")]),
    "an empty stratum": (cell(DOOR, 4, "town", ""), [(DOOR, "4", "town", "")]),
    "an unknown stratum": (
        cell(DOOR, 4, "town", ROOT),
        [(DOOR, "4", "town", ROOT), (DOOR, "4", "town*old", f"{ROOT}*年轻")],
    ),
    "an empty cluster": (
        both(
            text("study.toml", 'cluster = "village"', 'cluster = "weight"'),
            cell(DOOR, 4, "weight", ""),
        ),
        [(DOOR, "4", "weight", "")],
    ),
    "an empty weight": (weighted_by_column(""), [(DOOR, "9", "weight", "")]),
    "a weight that is nan": (weighted_by_column("nan"), [(DOOR, "9", "weight", "nan")]),
    "a weight that is infinite": (weighted_by_column("inf"), [(DOOR, "9", "weight", "inf")]),
    "a weight of 0": (weighted_by_column("0"), [(DOOR, "9", "weight", "0")]),
    "a negative weight": (weighted_by_column("-1.5"), [(DOOR, "9", "weight", "-1.5")]),
    "a weight in words": (weighted_by_column("1_5"), [(DOOR, "9", "weight", "1_5")]),
    "a weight too large for a number": (
        weighted_by_column("1e999"),
        [(DOOR, "9", "weight", "1e999")],
    ),
    "an empty weighting variable": (cell(DOOR, 6, "sex", ""), [(DOOR, "6", "sex", "")]),
    "a code in no group": (cell(DOOR, 6, "age", "9"), [(DOOR, "6", "old", "")]),
    "no accepted row": (
        both(column_added(SCAN, "status", "training")),
        [(SCAN, "-", "status", "40")],
    ),
    "a response file with a header alone": (
        lambda study: write_table(study / SCAN, read_table(study / SCAN)[:1]),
        [(SCAN, "-", "status", "0")],
    ),
    "a stratum without a row": (
        lambda study: drop_lines(study, DOOR, TOWNS[1]),
        [("areas.csv", "-", "people", TOWNS[1])],
    ),
    "a root without a population": (
        both(text("study.toml", 'strata = "town"\n', ""), cell("areas.csv", 2, "people", "")),
        [("areas.csv", "-", "people", ROOT)],
    ),
    # dispositions, points, volunteers
    "a class that is none": (
        cell("dispositions.csv", 4, "class", "RF"),
        [("dispositions.csv", "4", "class", "RF")],
    ),
    "a class twice": (
        cell("dispositions.csv", 3, "class", "I"),
        [("dispositions.csv", "3", "class", "I")],
    ),
    "a number of contacts": (
        cell("dispositions.csv", 4, "n", "2.5"),
        [("dispositions.csv", "4", "n", "2.5")],
    ),
    "contacts of no sample": (
        cell("dispositions.csv", 4, "sample", "W9"),
        [("dispositions.csv", "4", "sample", "W9")],
    ),
    "a point's status": (
        cell("points.csv", 2, "status", "on"),
        [("points.csv", "2", "status", "on")],
    ),
    "a point's area": (
        cell("points.csv", 2, "area", TOWNS[0][:9]),
        [("points.csv", "2", "area", TOWNS[0][:9])],
    ),
    "a volunteer's area": (
        cell("volunteers.csv", 2, "area", "1"),
        [("volunteers.csv", "2", "area", "1")],
    ),
    # statistics
    "an empty cell": (
        empty_cell,
        [("margins.csv", "-", "town*old", f"{TOWNS[1]}*年长")],
    ),
    "a lonely cluster": (
        one_cluster,
        [("study.toml", "-", "sample.W1-door.lonely_psu", TOWNS[1])],
    ),
    "raking that cannot converge": (
        no_solution,
        not_met,
    ),
}
