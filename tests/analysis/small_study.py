"""A study folder of one page that tests bend: two towns, six villages, 72 doors, 40 scans."""

import csv
from pathlib import Path

from openpyxl import Workbook

ROOT = "530099000000"
TOWNS = ("530099101000", "530099102000")
DOOR, SCAN = "responses/door.csv", "responses/scan.csv"

PLAN = f"""\
[study]
id = "小-1"
title = {{ zh = "小调查", en = "Small" }}
form_number = "小1表"
maker = "小城办"
approval = {{ kind = "演练", by = "小城办", number = "" }}
valid_until = 2026-12-31
timezone = "Asia/Shanghai"
root_area = "{ROOT}"

[[wave]]
id = "W1"
title = {{ zh = "一", en = "One" }}
opens = 2026-03-01
closes = 2026-03-10

[recode.old]
from = "age"
groups = {{ "年轻" = ["1", "2"], "年长" = ["3"] }}

[[sample]]
id = "W1-door"
wave = "W1"
kind = "probability"
selection = {{ frame = "名册", person = "Kish", substitution = "none" }}
responses = "{DOOR}"
area = "village"
strata = "town"
cluster = "village"
base_weight = {{ population = "people" }}
lonely_psu = "fail"

[[sample]]
id = "W1-scan"
wave = "W1"
kind = "opt-in"
responses = "{SCAN}"
area = "village"

[[weighting]]
id = "base"

[[weighting]]
id = "post"
samples = ["W1-door"]
poststratify = ["town", "old"]

[[weighting]]
id = "rake"
rake = [["town"], ["old"], ["sex"]]

[estimates]
headline = "rake"
domains = ["root", "town", "old"]
""".replace("小-1", "small-1")


def rows_of(name: str, n: int) -> list[list[str]]:
    rows = [["response_id", "town", "village", "sex", "age", "know", "acts", "like", "weight"]]
    for i in range(n):
        town = TOWNS[i % 2]
        rows.append(
            [
                f"{name}{i + 1:03d}", town, f"{town[:9]}{201 + i // 2 % 3}", "fm"[i // 3 % 2],
                str(i // 6 % 3 + 1), "aab?c"[i % 5].replace("?", ""), ["x y", "z", "y"][i % 3],
                str(i // 5 % 4 + 1), f"{1 + i % 7}.5",
            ]
        )  # fmt: skip
    return rows


TABLES: dict[str, list[list[str]]] = {
    "areas.csv": [
        ["code", "name", "parent", "level", "urban_rural", "valid_from", "valid_to", "households",
         "people"],
        [ROOT, "小县", "", "县", "", "", "", "", "9000"],
        [TOWNS[0], "东镇", ROOT, "乡级", "", "", "", "", "5000"],
        [TOWNS[1], "西镇", ROOT, "乡级", "", "", "", "", "4000"],
        *([f"{town[:9]}{201 + k}", f"村{k}", town, "村级", "", "", "", "", ""]
          for town in TOWNS for k in range(3)),
        [f"{TOWNS[0][:9]}201-A1", "网格一", f"{TOWNS[0][:9]}201", "网格", "", "", "", "", ""],
    ],
    "margins.csv": [
        ["margin", "category", "total"],
        ["town", TOWNS[0], "5000"], ["town", TOWNS[1], "4000"],
        ["old", "年轻", "6000"], ["old", "年长", "3000"],
        ["sex", "f", "4600"], ["sex", "m", "4400"],
        *(["town*old", f"{town}*{old}", total] for town, old, total in (
            (TOWNS[0], "年轻", "3300"), (TOWNS[0], "年长", "1700"),
            (TOWNS[1], "年轻", "2700"), (TOWNS[1], "年长", "1300"))),
    ],
    "indicators.csv": [
        ["code", "name_zh", "name_en", "kind", "question", "numerator", "denominator", "scores",
         "weights", "target", "note"],
        ["KN", "知晓率", "awareness", "rate", "know", "a", "a|b|c", "", "", "50", ""],
        ["AC", "参与率", "", "rate", "acts", "x|y", "x|y|z", "", "", "", ""],
        ["LI", "得分", "score", "score", "like", "", "1|2|3|4", "1:100|2:60|3:30|4:0", "", "60",
         ""],
    ],
    "dispositions.csv": [["sample", "class", "n"], ["W1-door", "I", "70"], ["W1-door", "P", "2"],
                         ["W1-door", "R", "20"]],
    "points.csv": [["code", "area", "name", "kind", "valid_from", "valid_to", "status"],
                   ["P1", TOWNS[0], "广场", "公园", "2026-01-01", "", "active"]],
    "volunteers.csv": [["code", "area"], ["V1", ROOT]],
    DOOR: rows_of("D", 72),
    SCAN: rows_of("S", 40),
}  # fmt: skip
SURVEY = [
    ("select_one place", "town"), ("select_one sex", "sex"), ("select_one age", "age"),
    ("select_one know", "know"), ("select_multiple act", "acts"), ("select_one like", "like"),
    ("text", "say"), ("integer", "size"), ("calculate", "sum"),
]  # fmt: skip
CHOICES = {
    "place": [town[:9] for town in TOWNS], "sex": ["f", "m"], "age": ["1", "2", "3", "9"],
    "know": ["a", "b", "c"], "act": ["x", "y", "z"], "like": ["1", "2", "3", "4"],
}  # fmt: skip


def write_small_study(folder: Path) -> Path:
    """Write the folder; every test may bend its own copy."""
    (folder / "responses").mkdir(parents=True)
    (folder / "study.toml").write_text(PLAN, encoding="utf-8")
    for name, rows in TABLES.items():
        write_table(folder / name, rows)
    write_questionnaire(folder / "questionnaire.xlsx")
    return folder


def write_questionnaire(path: Path) -> None:
    book = Workbook()
    survey, choices, settings = (
        book.active, book.create_sheet("choices"), book.create_sheet("settings"),
    )  # fmt: skip
    survey.title = "survey"
    labels = ("label::中文 (zh)", "label::English (en)")
    survey.append(["type", "name", *labels, "calculation"])
    for kind, name in SURVEY:
        survey.append([kind, name, f"问 {name}", f"Ask {name}", "1 + 1" if name == "sum" else None])
    choices.append(["list_name", "name", *labels])
    for name, codes in CHOICES.items():
        for code in codes:
            choices.append([name, code, f"选 {code}", f"Choose {code}"])
    settings.append(["form_title", "form_id", "version", "default_language"])
    settings.append(["小", "small", "1", "中文 (zh)"])
    book.save(path)


def write_table(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def read_table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def set_cell(folder: Path, name: str, line: int, column: str, text: str) -> None:
    """Change one cell; ``line`` is the physical line, the header being 1."""
    rows = read_table(folder / name)
    rows[line - 1][rows[0].index(column)] = text
    write_table(folder / name, rows)


def replace(folder: Path, name: str, old: str, new: str) -> None:
    """Change a text that must be there."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8", newline="")


def drop_lines(folder: Path, name: str, having: str) -> None:
    """Leave out the rows of a table that have a text in them."""
    rows = read_table(folder / name)
    kept = [rows[0], *(row for row in rows[1:] if not any(having in cell for cell in row))]
    assert len(kept) < len(rows)
    write_table(folder / name, kept)
