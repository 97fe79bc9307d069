"""Synthetic study folders that reach every rule of the contract, made from a seed and options.

``write_study(folder, seed=1, **VARIANTS["person_fpc"])`` writes one; ``EXERCISES`` says which
rules a variant is there for. The areas, questions, codes and categories are unlike those of the
studies in ``examples/``: letters and Chinese words as codes, cluster names that repeat between
strata, a screen's worth of people for each sample.
"""

import csv
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

AGES = {"青年": ["k1", "k2"], "中年": ["k3"], "老年": ["k4", "k5"]}
SEXES = ("f", "m")
HOMES = ("本地", "外来", "其他")
SELECTION = (
    '{ frame = "名册", clusters = "PPS", household = "等距", person = "Kish", '
    'substitution = "none" }'
)
SHORT = {"main": "main", "opt-in": "ma", "quota": "pei"}
LISTS = {
    "zhi4": ("A", "B", "C", "Z"),
    "act": ("tree", "road", "book", "nil", "dk"),
    "feel4": ("甲", "乙", "丙", "丁"),
    "mark4": ("u", "v", "w", "x"),
    "yn": ("y", "n"),
    "age": ("k1", "k2", "k3", "k4", "k5", "k9"),
    "sex": SEXES,
    "home": HOMES,
    "edu": ("e1", "e2", "e3"),
}
QUESTIONS = {
    "zhen": "select_one town", "xb": "select_one sex", "nl": "select_one age",
    "huji": "select_one home", "edu": "select_one edu",
    "zhi": "select_one zhi4", "did": "select_multiple act",
    "feel": "select_one feel4", "it1": "select_one mark4", "it2": "select_one mark4",
    "it3": "select_one mark4", "sure": "select_one yn", "never": "select_one yn",
    "local_q": "select_one yn", "zero": "select_one mark4", "band": "calculate",
}  # fmt: skip
INDICATORS = {  # kind, question, numerator, denominator, scores, weights, target, direction
    "KNOW": ("rate", "zhi", "A|B", "A|B|C", "", "", "72.5", "higher"),
    "POOR": ("rate", "zhi", "C", "A|B|C|Z", "", "", "30", "lower"),
    "JOIN": ("rate", "did", "tree|road", "tree|road|book|nil", "", "", "50", ""),
    "FEEL": ("score", "feel", "", "甲|乙|丙", "甲:100|乙:62.5|丙:-20|丁:0", "", "58", ""),
    "COST": ("score", "feel", "", "甲|乙|丙|丁", "甲:1|乙:2|丙:4|丁:7", "", "3", "lower"),
    "ITEMS": ("index", "it1|it2|it3", "", "u|v|w", "u:100|v:50|w:0", "0.5|0.3|0.2", "55", ""),
    "SURE": ("rate", "sure", "y", "y|n", "", "", "95", "higher"),
    "NEVER": ("rate", "never", "y", "y|n", "", "", "5", "lower"),
    "LOCAL": ("rate", "local_q", "y", "y|n", "", "", "40", ""),
    "ZERO": ("score", "zero", "", "u|v|w", "u:1|v:0|w:-1", "", "", ""),
    "BAND": ("rate", "band", "hi-1", "hi-1|lo-2", "", "", "", ""),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What a study folder is like; the defaults are a plain cluster sample of two waves."""

    waves: int = 2
    others: tuple[str, ...] = ()  # further samples of each wave: "quota" or "opt-in"
    selection: str = "full"  # full | absent | substitution: the last two make it a quota sample
    strata: int = 4
    clusters: int = 5
    size: int = 10  # people in a cluster, about
    strata_are: str = "areas"  # areas | prefixes | words | absent
    persons: bool = False  # no cluster column
    fpc: bool = False
    certainty: int = 0  # certainty strata, the first ones
    lonely: str = "fail"
    lonely_strata: int = 0  # strata with one cluster, the last ones
    shared: float = 0.0  # part of the clusters that the second wave visits again
    not_covered: int = 0  # strata with a population and nobody in them
    base: str = "population"  # population | factor | column | absent
    weightings: tuple[str, ...] = ("base",)  # see WEIGHTINGS
    headline: str = ""  # TOML; empty: the last weighting
    indicators: tuple[str, ...] = ("KNOW", "POOR", "FEEL")
    domains: tuple[str, ...] = ("root", "xian", "ages")
    interval: str = "korn-graubard"
    level: float = 0.95
    minimum_n: int = 30
    covariance: str = "false"  # TOML value
    missing: float = 0.0  # part of the people without an answer for the weighting
    statuses: bool = False
    empty_cells: bool = False  # for collapse
    margin_gap: float = 0.0  # how far the total of the sex margin is from the first
    lone_domain: bool = False  # a category in one cluster, and one in a single row
    extremes: bool = False  # some strata where everybody, or nobody, says yes
    zeros: bool = False  # a score that is 0 for everybody in one stratum
    grids: bool = False
    plain_files: bool = True  # False: BOM, CRLF, an unknown column
    dispositions: bool = False
    people_share: int = 1  # populations are divided by it: samples that are a large part of them


WEIGHTINGS = {
    "base": "",
    "post": 'poststratify = ["xian", "ages"]',
    "rake_town": 'rake = [["zhen"], ["xb"]]',
    "post_age": 'poststratify = ["ages"]',
    "post_collapse": 'poststratify = ["xian", "ages"]\ncollapse = true',
    "post_trim": 'poststratify = ["xian", "ages"]\ntrim = { upper = 1.4 }',
    "post_drop": 'poststratify = ["xian", "ages"]\nmissing = "drop"',
    "rake": 'rake = [["xian"], ["ages"], ["xb"]]',
    "rake_cross": 'rake = [["xian", "ages"], ["xb"]]',
    "rake_age_sex": 'rake = [["ages"], ["xb"]]',
    "rake_collapse": 'rake = [["xian"], ["edu"]]\ncollapse = true',
    "rake_trim": 'rake = [["xian"], ["ages"], ["xb"]]\ntrim = { upper = 1.3 }',
    "rake_drop": 'rake = [["xian", "ages"], ["xb"]]\nmissing = "drop"',
    "rake_drop_trim": 'rake = [["ages"], ["xb"]]\nmissing = "drop"\ntrim = { upper = 1.5 }',
}


class _Maker:
    """One folder in the making."""

    def __init__(self, folder: Path, seed: int, options: Options) -> None:
        self.folder, self.o = folder, options
        self.random = random.Random(seed)
        self.root = "659088000000"
        self.towns = [f"659088{i + 1:03d}000" for i in range(options.strata + options.not_covered)]
        self.covered = self.towns[: options.strata]
        self.cells = {
            (town, age): self.random.randint(900, 5000) // options.people_share
            for town in self.towns
            for age in AGES
        }
        self.leaning = {town: self.random.uniform(0.35, 0.9) for town in self.towns}
        self.serial = 0

    def population(self, town: str) -> int:
        return sum(self.cells[town, age] for age in AGES)

    def table(self, name: str, header: Sequence[str], rows: list[Sequence[object]]) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        plain = self.o.plain_files
        with path.open("w", encoding="utf-8" if plain else "utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\n" if plain else "\r\n")
            writer.writerow(header if plain else [*header, "surplus"])
            writer.writerows(rows if plain else [[*row, "x,y"] for row in rows])

    # ---------------------------------------------------------------------- the files

    def areas(self) -> None:
        header = ["code", "name", "parent", "level", "urban_rural", "valid_from", "valid_to"]
        rows: list[Sequence[object]] = []

        def add(code: str, parent: str, level: str, people: object) -> None:
            rows.append([code, f"地{code[5:]}", parent, level, "", "2020-11-01", "", "", people])

        add(self.root, "", "县", sum(self.cells.values()))
        for town in self.towns:
            add(town, self.root, "乡级", self.population(town))
        for town in self.towns:
            for k in range(3):
                add(f"{town[:9]}{201 + k}", town, "村级", "")
        for town in self.towns if self.o.grids else []:
            add(f"{town[:9]}201-A1", f"{town[:9]}201", "网格", "")
        self.table("areas.csv", [*header, "households", "renkou"], rows)

    def margins(self) -> None:
        rows: list[Sequence[object]] = []
        whole = sum(self.cells[town, age] for town in self.covered for age in AGES)
        for margin in ("xian", "zhen"):
            rows += [[margin, town, self.population(town)] for town in self.covered]
        women = round(whole * 0.52 * (1 + self.o.margin_gap))
        other = round(whole * (1 + self.o.margin_gap)) - women
        rows += [["xb", "f", women], ["xb", "m", other]]
        rows += [["ages", age, sum(self.cells[town, age] for town in self.covered)] for age in AGES]
        rows += [
            ["xian*ages", f"{town}*{age}", self.cells[town, age]]
            for town in self.covered for age in AGES
        ]  # fmt: skip
        low = whole // 3
        rows += [["edu", "e1", low], ["edu", "e2", low], ["edu", "e3", whole - 2 * low]]
        self.table("margins.csv", ["margin", "category", "total"], rows)

    def indicators(self) -> None:
        rows = []
        for code in self.o.indicators:
            kind, question, top, below, scores, weights, target, way = INDICATORS[code]
            rows.append(
                [code, f"指标{code}", code.title(), kind, question, top, below, scores, weights,
                 target, "", way]
            )  # fmt: skip
        header = "code,name_zh,name_en,kind,question,numerator,denominator,scores,weights,target"
        self.table("indicators.csv", [*header.split(","), "note", "direction"], rows)

    def questionnaire(self) -> None:
        book = Workbook()
        book.properties.created = book.properties.modified = datetime(2026, 1, 1)  # noqa: DTZ001
        survey = book.active
        survey.title = "survey"
        labels = ["label::中文 (zh)", "label::English (en)"]
        survey.append(["type", "name", *labels, "calculation"])
        for name, kind in QUESTIONS.items():
            calculation = "if(${zhi} = 'A', 'hi-1', 'lo-2')" if kind == "calculate" else None
            survey.append([kind, name, f"问题 {name}", f"Question {name}", calculation])
        choices = book.create_sheet("choices")
        choices.append(["list_name", "name", *labels])
        prefixes = tuple(town[:9] for town in self.towns)
        for name, codes in {**LISTS, "town": prefixes}.items():
            for code in codes:
                choices.append([name, code, f"选项 {code}", f"Option {code}"])
        settings = book.create_sheet("settings")
        settings.append(["form_title", "form_id", "version", "default_language"])
        settings.append(["参照问卷", "reference_form", "1", "中文 (zh)"])
        book.save(self.folder / "questionnaire.xlsx")

    def plan(self) -> None:
        o = self.o
        lines = [
            '[study]\nid = "reference-study"\ntitle = { zh = "参照", en = "Reference" }',
            'form_number = "参1表"\nmaker = "参照组"',
            'approval = { kind = "演练", by = "参照组", number = "1" }',
            f'valid_until = 2027-12-31\ntimezone = "Asia/Shanghai"\nroot_area = "{self.root}"',
        ]
        for k in range(o.waves):
            lines.append(f'[[wave]]\nid = "B{k}"\ntitle = {{ zh = "第{k}轮", en = "Round {k}" }}')
            lines.append(f"opens = 2026-0{k + 3}-01\ncloses = 2026-0{k + 3}-20")
        lines.append('[recode.ages]\nfrom = "nl"')
        groups = [f'"{age}" = [{", ".join(map(quoted, codes))}]' for age, codes in AGES.items()]
        lines.append(f"groups = {{ {', '.join(groups)} }}")
        for k in range(o.waves):
            lines += [self.probability_plan(k), *(self.other_plan(k, kind) for kind in o.others)]
        lines += [f'[[weighting]]\nid = "{w}"\n{WEIGHTINGS[w]}' for w in o.weightings]
        changes = '[["B0", "B1"]]' if o.waves > 1 else "[]"
        lines += [
            f"[estimates]\nheadline = {o.headline or quoted(o.weightings[-1])}",
            f"domains = [{', '.join(map(quoted, o.domains))}]\ninterval = {quoted(o.interval)}",
            f"level = {o.level}\nminimum_n = {o.minimum_n}\nchanges = {changes}",
            f"changes_covariance = {o.covariance}",
        ]
        (self.folder / "study.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def probability_plan(self, wave: int) -> str:
        o = self.o
        lines = [f'[[sample]]\nid = "B{wave}-main"\nwave = "B{wave}"\nkind = "probability"']
        if o.selection != "absent":
            changed = '"next door"' if o.selection == "substitution" else '"none"'
            lines.append(f"selection = {SELECTION}".replace('"none"', changed))
        lines.append(f'responses = "responses/main{wave}.csv"\narea = "cun"')
        if o.strata_are != "absent":
            column = {"areas": "xian", "prefixes": "zhen", "words": "ceng"}[o.strata_are]
            lines.append(f'strata = "{column}"')
        if not o.persons:
            lines.append('cluster = "pian"')
        certain = self.covered[: o.certainty]
        lines.append(f"certainty_strata = [{', '.join(map(quoted, certain))}]")
        if o.not_covered:
            left = self.towns[o.strata :]
            lines.append(f"not_covered = [{', '.join(map(quoted, left))}]")
        rules = {
            "population": '{ population = "renkou" }',
            "factor": '{ population = "renkou", factor = "hukou", factor_cap = 3 }',
            "column": '{ column = "quan" }',
        }
        if o.base in rules:
            lines.append(f"base_weight = {rules[o.base]}")
        lines.append(f'lonely_psu = "{o.lonely}"')
        if o.fpc:
            lines.append('fpc = { column = "zongshu" }')
        return "\n".join(lines)

    def other_plan(self, wave: int, kind: str) -> str:
        return (
            f'[[sample]]\nid = "B{wave}-{SHORT[kind]}"\nwave = "B{wave}"\nkind = "{kind}"\n'
            f'responses = "responses/{SHORT[kind]}{wave}.csv"\narea = "cun"\ncluster = "cun"'
        )

    # -------------------------------------------------------------------- the people

    def sample(self, wave: int, kind: str) -> None:
        """One response file; an opt-in or quota sample is drawn the same way, and leans up."""
        o = self.o
        people = []
        for h, town in enumerate(self.covered):
            lonely = kind == "main" and h >= len(self.covered) - o.lonely_strata
            count = 1 if lonely else o.clusters + (h + wave) % 2
            for k in range(count):
                again = wave == 0 or k < round(o.shared * count)
                cluster = f"片{k + 1}" if again else f"新{k + 1}"
                people += self.cluster(town, h, cluster, wave, kind)
        self.certain_cells(people)
        if o.missing:
            self.drop_answers(people)
        if o.lone_domain:
            self.lone_categories(people)
        if o.statuses:
            people += self.left_out(people)
        self.random.shuffle(people)
        if o.base == "column" and kind == "main":
            for k, person in enumerate(people):
                weight = self.random.uniform(0.5, 9)
                texts = ["1.50", "2e0", f"{weight:.3f}", f"{weight:.2E}", "7", "0.750"]
                person["quan"] = texts[k % 6]
        if o.fpc:
            column = {"words": "ceng", "absent": "mode"}.get(o.strata_are, "xian")
            sizes = Counter(p[column] for p in people if p["status"] in ("", "accepted"))
            for person in people:
                person["zongshu"] = str(2 * sizes[person[column]] + 7)
        rows = [list(person.values()) for person in people]
        self.table(f"responses/{SHORT[kind]}{wave}.csv", list(people[0]), rows)

    def cluster(
        self, town: str, place: int, cluster: str, wave: int, kind: str
    ) -> list[dict[str, str]]:
        pick = self.random
        push = 0.1 if kind != "main" else 0.05 * wave
        level = min(0.97, max(0.03, self.leaning[town] + pick.gauss(push, 0.12)))
        people = []
        for _ in range(pick.randint(max(2, self.o.size - 3), self.o.size + 3)):
            self.serial += 1
            yes = pick.random() < level
            village = f"{town[:9]}{201 + pick.randrange(3)}"
            if self.o.grids and pick.random() < 0.3:
                village = f"{town[:9]}201-A1"
            person = {
                "response_id": f"R-{self.serial:05d}",
                "status": pick.choice(["", "accepted"]) if self.o.statuses else "",
                "mode": "door",
                "xian": town,
                "zhen": town[:9],
                "ceng": "城" if place % 2 else "乡",
                "pian": f"{town[6:9]}{cluster}" if self.o.strata_are == "words" else cluster,
                "cun": village,
                "hukou": str(pick.choice([1, 1, 2, 2, 3, 4, 6])),
                "quan": "1",
                "zongshu": "",
                "xb": pick.choice(SEXES),
                "nl": pick.choice(["k1", "k2", "k3", "k3", "k4", "k5"]),
                "huji": pick.choice(["本地", "本地", "外来", ""]),
                "edu": pick.choice(["e1", "e3"] if self.o.empty_cells else ["e1", "e2", "e3"]),
                "zhi": pick.choice(["A", "B"]) if yes else pick.choice(["C", "C", "Z", ""]),
                "did": self.activities(yes),
                "feel": pick.choices(["甲", "乙", "丙", "丁", ""], [6 * level, 3, 2, 1, 0.4])[0],
                "it1": pick.choices(["u", "v", "w", "x", ""], [4 * level, 2, 1, 0.5, 0.5])[0],
                "it2": pick.choices(["u", "v", "w", "x", ""], [3 * level, 2, 2, 1, 0.5])[0],
                "it3": pick.choices(["u", "v", "w", "x", ""], [2 * level, 2, 2, 1, 0.5])[0],
                "sure": "n" if pick.random() < 0.04 else "y",
                "never": "y" if pick.random() < 0.03 else "n",
                "local_q": "",
                "zero": pick.choice(["u", "v", "w", "x"]),
                "band": "hi-1" if yes else "lo-2",
            }
            if person["huji"] == "本地":  # nobody else is asked
                person["local_q"] = pick.choice(["y", "n", "n"])
            if self.o.extremes and place != 1:
                person["sure"], person["never"] = "y", "n"
            if self.o.zeros and place == 0:
                person["zero"] = "v"
            people.append(person)
        return people

    def activities(self, active: bool) -> str:
        if self.random.random() < 0.1:
            return self.random.choice(["dk", "", "dk"])
        if not active and self.random.random() < 0.7:
            return "nil"
        done = [code for code in ("tree", "road", "book") if self.random.random() < 0.5]
        return " ".join(done) or "nil"

    def certain_cells(self, people: list[dict[str, str]]) -> None:
        """Nobody is missing from a cell, or somebody is on purpose (for collapse)."""
        by_town: dict[str, list[dict[str, str]]] = {}
        for person in people:
            by_town.setdefault(person["xian"], []).append(person)
        for own in by_town.values():
            for person, age in zip(own, ["k1", "k3", "k4", "k2", "k5", "k3"], strict=False):
                person["nl"] = age
            for person, sex in zip(own, "fmfmfm", strict=False):
                person["xb"] = sex
        if self.o.empty_cells:  # the last; the first; the first two; the middle one
            kept = [["k1", "k3"], ["k3", "k5"], ["k4"], ["k2", "k4"]]
            for own, ages in zip(by_town.values(), kept, strict=False):
                for k, person in enumerate(own):
                    person["nl"] = ages[k % len(ages)]

    def drop_answers(self, people: list[dict[str, str]]) -> None:
        seen: Counter[str] = Counter()
        for person in people:
            seen[person["xian"]] += 1
            if seen[person["xian"]] <= 6:  # the ones that fill the cells
                continue
            if self.random.random() < self.o.missing:
                person["xb"] = ""
            if self.random.random() < self.o.missing / 2:
                person["nl"] = self.random.choice(["", "k9"])  # k9 is in no group
        alone = people[-1]
        alone |= {
            "xb": "",
            "nl": "",
            "huji": "其他",
            "zhi": "A",
        }  # a category only of a dropped row
        if self.o.lonely != "fail":  # and a cluster that only dropped rows are in
            last = [person for person in people if person["xian"] == self.covered[-1]]
            for person in last:
                if person["pian"] != last[0]["pian"]:
                    person["xb"] = person["nl"] = ""

    def lone_categories(self, people: list[dict[str, str]]) -> None:
        home = (people[0]["xian"], people[0]["pian"])
        for person in people:
            if (person["xian"], person["pian"]) == home:
                person["huji"], person["local_q"] = "其他", "y"

    def left_out(self, people: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
        """Rows not accepted, with answers that no list has, and a domain value of their own."""
        rows = []
        for k, person in enumerate(people[::7]):
            self.serial += 1
            status = ["quarantined", "rejected", "withdrawn", "training"][k % 4]
            own = {"response_id": f"R-{self.serial:05d}", "status": status}
            rows.append(dict(person) | own | {"huji": "未知", "zhi": "?", "feel": "A"})
        return rows

    def outcome_counts(self) -> None:
        rows: list[Sequence[object]] = []
        for wave in range(self.o.waves):
            for kind in ("main", *self.o.others):
                classes = ["I", "P", "R", "NC", "O", "UH", "UO", "NE"]
                left_out = self.random.choice(classes[4:])
                rows += [
                    [f"B{wave}-{SHORT[kind]}", name, self.random.randint(1, 90), ""]
                    for name in classes if name != left_out
                ]  # fmt: skip
        self.table("dispositions.csv", ["sample", "class", "n", "note"], rows)


def quoted(text: str) -> str:
    return f'"{text}"'


def write_study(folder: Path, *, seed: int, **options: Any) -> None:
    """Write a study folder; the same seed and options give the same tables and answers."""
    maker = _Maker(folder, seed, Options(**options))
    folder.mkdir(parents=True, exist_ok=True)
    maker.areas()
    maker.margins()
    maker.indicators()
    maker.questionnaire()
    maker.plan()
    for wave in range(maker.o.waves):
        for kind in ("main", *maker.o.others):
            maker.sample(wave, kind)
    if maker.o.dispositions:
        maker.outcome_counts()


ALL = ("KNOW", "POOR", "JOIN", "FEEL", "ITEMS", "SURE", "NEVER", "LOCAL", "BAND")
HOME = ("root", "xian", "huji")

VARIANTS: dict[str, dict[str, Any]] = {
    "plain_clusters": {"indicators": tuple(INDICATORS), "domains": ("root", "xian", "huji", "edu")},
    "simple_random": {"strata_are": "absent", "persons": True, "indicators": ALL},
    "person_fpc": {
        "persons": True, "fpc": True, "base": "column", "strata_are": "words", "strata": 5,
        "domains": ("root", "ceng", "ages"),
    },
    "person_fpc_raked": {
        "persons": True, "fpc": True, "weightings": ("base", "post", "rake"), "waves": 1,
    },
    "person_fpc_drop": {
        "persons": True, "fpc": True, "weightings": ("base", "rake_drop"), "missing": 0.08,
        "domains": HOME,
    },
    "area_prefixes": {
        "strata_are": "prefixes", "weightings": ("base", "rake_town"), "size": 13,
        "domains": ("root", "zhen", "xian"), "waves": 1, "others": ("opt-in",),
    },
    "missing_drop": {
        "weightings": ("base", "post_drop", "rake_drop", "rake_drop_trim"), "missing": 0.1,
        "domains": ("root", "huji", "ages"), "others": ("opt-in",), "size": 13,
        "headline": '{ probability = "rake_drop", opt-in = "base" }',
    },
    "missing_drop_lonely": {
        "weightings": ("base", "rake_drop_trim"), "missing": 0.05, "lonely": "average",
        "shared": 0.5, "covariance": '"auto"', "domains": HOME,
    },
    "lonely_remove": {"lonely": "remove", "lonely_strata": 1, "weightings": ("base", "post")},
    "lonely_certainty": {"lonely": "certainty", "lonely_strata": 2, "weightings": ("base", "rake")},
    "lonely_adjust": {"lonely": "adjust", "lonely_strata": 2, "weightings": ("base", "rake_trim")},
    "lonely_average": {"lonely": "average", "lonely_strata": 2, "weightings": ("base", "post")},
    "lonely_adjust_certainty": {
        "lonely": "adjust", "lonely_strata": 1, "certainty": 2, "weightings": ("base", "rake"),
    },
    "covariance_true": {
        "shared": 0.6, "covariance": "true", "weightings": ("base", "post", "rake_trim"),
        "indicators": ("KNOW", "POOR", "FEEL", "SURE"), "size": 14,
    },
    "covariance_true_unshared": {"covariance": "true", "interval": "wilson"},
    "covariance_auto_shared": {
        "shared": 0.4, "covariance": '"auto"', "others": ("opt-in",), "interval": "wald",
        "weightings": ("base", "rake"),
    },
    "covariance_auto_unshared": {"covariance": '"auto"', "weightings": ("base", "post")},
    "covariance_false_shared": {"shared": 1.0, "covariance": "false"},
    "covariance_certainty": {
        "shared": 0.6, "covariance": "true", "certainty": 2, "weightings": ("base", "rake"),
    },
    "covariance_auto_only_certainty": {
        "shared": 1.0, "covariance": '"auto"', "certainty": 4, "size": 6,
    },
    "covariance_lonely_adjust": {
        "shared": 0.5, "covariance": "true", "lonely": "adjust", "lonely_strata": 1,
        "weightings": ("base", "post"),
    },
    "covariance_lonely_average": {
        "shared": 1.0, "covariance": "true", "lonely": "average", "lonely_strata": 1,
    },
    "quota_and_opt_in": {
        "others": ("quota", "opt-in"), "weightings": ("base", "rake"), "dispositions": True,
        "headline": '{ probability = "rake", quota = "base", opt-in = "rake" }', "size": 12,
        "indicators": ("KNOW", "POOR", "FEEL", "SURE"), "extremes": True,
    },
    "without_selection": {"selection": "absent", "others": ("opt-in",), "dispositions": True},
    "with_substitution": {
        "selection": "substitution", "weightings": ("base", "post"), "waves": 1, "clusters": 12,
    },
    "not_covered": {"not_covered": 2, "weightings": ("base", "post"), "waves": 1},
    "wilson_90": {"interval": "wilson", "level": 0.9, "indicators": ALL, "extremes": True},
    "wald_99": {"interval": "wald", "level": 0.99, "indicators": ALL, "extremes": True},
    "logit_80": {"interval": "logit", "level": 0.8, "indicators": ALL, "extremes": True},
    "korn_graubard_90": {
        "level": 0.9, "strata": 9, "clusters": 6, "weightings": ("base", "post"), "waves": 1,
        "indicators": ("KNOW", "POOR", "FEEL", "COST", "SURE", "NEVER"), "extremes": True,
    },
    "many_ranks": {
        "strata": 9, "clusters": 12, "size": 14, "weightings": ("base", "post"), "waves": 1,
        "persons": True, "indicators": ("KNOW", "POOR", "FEEL", "COST", "NEVER"),
        "domains": ("root", "xian"),
    },
    "factor": {"base": "factor", "weightings": ("base", "rake_cross"), "statuses": True},
    "odd_weights": {"base": "column", "weightings": ("base", "post_age"), "plain_files": False},
    "no_base_weight": {"base": "absent", "weightings": ("base", "rake_age_sex"), "waves": 1},
    "statuses": {"statuses": True, "others": ("opt-in",), "domains": HOME},
    "certainty": {"certainty": 2, "weightings": ("base", "post_trim"), "indicators": ALL},
    "certainty_all": {"certainty": 4, "extremes": True, "indicators": ("KNOW", "SURE", "FEEL")},
    "collapse": {
        "empty_cells": True, "weightings": ("post_collapse", "rake_collapse"), "waves": 1,
    },
    "margins_scaled": {"margin_gap": 0.004, "weightings": ("rake", "rake_cross", "rake_trim")},
    "lone_domains": {
        "lone_domain": True, "domains": ("root", "huji", "cun"), "indicators": ALL,
        "interval": "logit", "minimum_n": 5, "grids": True, "weightings": ("base", "post"),
    },
    "df_of_7_and_8": {"clusters": 8, "size": 14, "weightings": ("base", "rake"), "indicators": ALL},
    "zero_scores": {"zeros": True, "indicators": ("ZERO", "COST"), "weightings": ("base", "post")},
    "short_minimum": {
        "minimum_n": 8, "size": 5, "clusters": 9, "others": ("opt-in",), "indicators": ALL,
        "weightings": ("base", "rake"),
    },
    "small_population": {
        "people_share": 60, "others": ("opt-in",), "waves": 1, "size": 20,
        "weightings": ("base", "rake"), "domains": ("root", "xian", "ages", "xb", "edu"),
    },
}  # fmt: skip

REFUSED: dict[str, dict[str, Any]] = {
    "lonely_fail": {"lonely": "fail", "lonely_strata": 1},
    "empty_cell": {"empty_cells": True, "weightings": ("post",)},
    "missing_stop": {"missing": 0.1, "weightings": ("rake",)},
    "margins_apart": {"margin_gap": 0.006, "weightings": ("rake",)},
}
"""Folders that must be refused."""

EXERCISES = {
    "plain_clusters": "clusters with the same name in two strata; every kind of indicator",
    "simple_random": "no strata, no cluster: root population, the person is the unit",
    "person_fpc": "fpc; strata that are words; weights from a column",
    "person_fpc_raked": "fpc with post-stratified and raked residuals",
    "person_fpc_drop": "fpc when dropped people do not exist for the weighting",
    "area_prefixes": "a question whose choices are 9-digit prefixes of area codes",
    "missing_drop": "missing = drop; a category that only dropped rows have (n = 0)",
    "missing_drop_lonely": "dropping leaves one cluster: average; auto covariance after dropping",
    "lonely_remove": "lonely stratum counts 0",
    "lonely_certainty": "lonely stratum counts 0; raked",
    "lonely_adjust": "lonely stratum around the mean of all clusters; raked and trimmed",
    "lonely_average": "lonely stratum counts the mean of the others",
    "lonely_adjust_certainty": "the mean of all clusters includes people of certainty strata",
    "covariance_true": "clusters partly shared by two waves, calibrated and trimmed",
    "covariance_true_unshared": "nobody shared: the centred products alone; Wilson",
    "covariance_auto_shared": "auto is true when ids are shared, also for opt-in; Wald",
    "covariance_auto_unshared": "auto is false when no id is shared",
    "covariance_false_shared": "false although everything is shared",
    "covariance_certainty": "people of certainty strata are never shared; Satterthwaite df",
    "covariance_auto_only_certainty": "ids shared in certainty strata alone do not make auto true",
    "covariance_lonely_adjust": "product of deviations of a lonely cluster; pooled m = 1 or 2",
    "covariance_lonely_average": "mean covariance contribution of the strata with m > 1",
    "quota_and_opt_in": "three kinds; headline by kind; modes; tipping; outcomes without opt-in",
    "without_selection": "a probability sample without selection is a quota sample",
    "with_substitution": "a probability sample with substitution is a quota sample; no ranks",
    "not_covered": "strata with a population and nobody in them",
    "wilson_90": "Wilson at level 0.9; rates of 0 and 100 %",
    "wald_99": "Wald at level 0.99; Korn-Graubard at 0 and 100 %",
    "logit_80": "logit at level 0.8; Korn-Graubard at 0 and 100 %",
    "korn_graubard_90": "level 0.9; ranks of areas with equal rates of 0 or 100 %",
    "many_ranks": "ranks of nine areas, wholly better ones, both directions, p_top3 of scores",
    "factor": "population * f / sum of f with a cap; rows left out by status",
    "odd_weights": "weights as 1.50, 2e0, 1.2E+00; BOM, CRLF, an unknown column",
    "no_base_weight": "weight 1; raked without strata",
    "statuses": "quarantined, rejected, withdrawn, training rows with answers no list has",
    "certainty": "people as units in certainty strata, trimmed post-stratification",
    "certainty_all": "Satterthwaite with variance 0: df is the count",
    "collapse": "empty cells: last, first, two first, middle; a raking margin",
    "margins_scaled": "margins 0.4 % apart are scaled to the first of each weighting",
    "lone_domains": "df = 0, n = 0, a rate of 100 % in one cluster; areas of the grid level",
    "df_of_7_and_8": "below df 8 what would be shown is reviewed",
    "zero_scores": "a score of 0 for everybody: cv empty; lower is better for a score",
    "short_minimum": "n_eff, width and width/p rules with minimum_n = 8",
    "small_population": "tipping by root, by margin and where there is no margin",
}
"""The rules of the contract that each variant is there for."""
