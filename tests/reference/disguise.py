"""A cases file told in other words: renamed, its rows in another order, its weights times 3.

write_disguised(content, Path("tests/reference"), folder)    # folder/cases.json, folder/data/*.csv

Only cases whose results stay the same, or scale by a known factor, are kept.
"""

import copy
import re
from collections.abc import Mapping
from pathlib import Path

from tests.reference.own_copy import written

SCALE = 3
STAYING = {
    "mean", "mean_ci", "cv", "variance", "prop_ci", "domain", "domain_df", "domain_n",
    "domain_prop_ci", "ratio", "quantile", "poststrat", "rake", "calibrate_linear",
    "calibrate_raking", "rep_jkn", "rep_jk1", "rep_given", "lonely_psu", "lonely_psu_domain",
    "chisq", "table", "glm_binomial", "glm_gaussian", "glm_termtest", "glm_margins", "contrast",
    "ttest", "trend", "standardize", "pps", "nchs", "total",
}  # fmt: skip
# The design effect knows the size of the population; replicates come in the order of the rows;
# R's ranks and interpolated quantiles take ties in the order of the rows.
LEAVING = re.compile(r"deff=|rscales|hf7")
ADJUSTED = {"poststrat", "rake", "calibrate_linear", "calibrate_raking"}  # to totals that stay
FORMS = {"data.frame", "expand.grid", "c", "list"}  # whose argument names may be columns


def write_disguised(content, source: Path, folder: Path):
    """Write the disguised file into a folder and return its content."""
    frames = _Frames(source)
    designs = {f"entwurf{k}": spec for k, spec in enumerate(content["designs"].values(), 1)}
    names = dict(zip(content["designs"], designs, strict=True))
    cases = [
        _case(case, content["designs"], names, frames)
        for case in content["cases"]
        if case["capability"] in STAYING and case["design"] and not LEAVING.search(case["r"])
    ]
    told = {
        **content,
        "matrices": {name: frames.moved(path) for name, path in content["matrices"].items()},
        "designs": {name: _design(spec, frames) for name, spec in designs.items()},
        "cases": cases,
    }
    weights = {spec["data"]: spec["weights"] for spec in designs.values() if spec["weights"]}
    frames.write(folder, weights, set(content["matrices"].values()))
    (folder / "cases.json").write_text(written(told), encoding="utf-8")
    return told


class _Frames:
    """The CSV files by path: heads, rows of cells as written, and new names of the columns."""

    def __init__(self, source: Path):
        self.source = source
        self.heads, self.rows, self.used = {}, {}, set()
        for path in sorted(source.glob("data/*.csv")):
            head, *rows = path.read_text(encoding="utf-8-sig").splitlines()
            self.heads[f"data/{path.name}"] = [name.strip('"') for name in head.split(",")]
            self.rows[f"data/{path.name}"] = rows

    def moved(self, path):
        self.used.add(path)
        return path.replace("data/", "data/neu_")

    def new_name(self, path, column):
        """Columns of one letter keep their names: they are those of variables in the calls."""
        if len(column) == 1:
            return column
        return f"k{self.heads[path].index(column) + 1}_{column[::-1]}"

    def names(self, path):
        return {column: self.new_name(path, column) for column in self.heads[path]}

    def write(self, folder, weights, matrices):
        (folder / "data").mkdir(parents=True)
        for path in sorted(self.used):
            heads, rows = self.heads[path], self.rows[path]
            order = permutation(len(rows))
            if path in weights:
                place = heads.index(weights[path])
                rows = [_scaled(row, [place]) for row in rows]
            elif path in matrices and "weights" in path and "rep" not in path:
                rows = [_scaled(row, range(len(heads))) for row in rows]
            lines = [",".join(f'"{self.new_name(path, head)}"' for head in heads)]
            lines += [rows[place] for place in order]
            target = folder / path.replace("data/", "data/neu_")
            target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _scaled(row, places):
    cells = re.findall(r'(?:^|,)("(?:[^"]|"")*"|[^,]*)', row)
    for place in places:
        cells[place] = repr(float(cells[place]) * SCALE)
    return ",".join(cells)


def permutation(size):
    """An order of rows that leaves the first where it is."""
    step = next(step for step in range(size // 3 + 2, size + 3) if _coprime(step, size))
    return [(place * step) % size for place in range(size)]


def _coprime(a, b):
    while b:
        a, b = b, a % b
    return a == 1


def _design(spec, frames):
    names = frames.names(spec["data"])

    def renamed(value):
        if isinstance(value, list):
            return [names[one] for one in value]
        return value if value is None else names[value]

    return {
        **spec,
        "data": frames.moved(spec["data"]),
        **{part: renamed(spec[part]) for part in ("ids", "strata", "weights", "fpc")},
    }


def _case(case, designs, new_designs, frames):
    spec = designs[case["design"]]
    names = {old: new for old, new in frames.names(spec["data"]).items() if old != new}
    longest = sorted(names, key=len, reverse=True)
    pattern = re.compile(rf"(?<![A-Za-z0-9_])({'|'.join(map(re.escape, longest))})")

    def word(text):
        return pattern.sub(lambda found: names[found.group()], text)

    made = copy.deepcopy(case)
    made |= {"design": new_designs[case["design"]], "ast": _tree(case["ast"], names, word, "")}
    made |= {"r": "hidden", "id": f"neu-{case['id']}"}
    if "result" in case:
        result = _result(case["result"], word, len(frames.rows[spec["data"]]))
        made["result"] = _times(result, _factor(case, spec))
    return made


def _tree(node, names, word, parent):
    """A tree with its columns renamed: names, texts that are a column, names of arguments."""
    if "name" in node:
        return {"name": names.get(node["name"], node["name"])}
    if "string" in node:
        column = parent in {"[[", "nchs"} and node["string"] in names
        return {"string": names[node["string"]]} if column else node
    if "call" not in node:
        return node
    call = node["call"] if isinstance(node["call"], str) else ""
    arguments = []
    for argument in node["args"]:
        told = {"value": _tree(argument["value"], names, word, call)}
        if "key" in argument:
            key = argument["key"]
            told["key"] = word(key) if call in FORMS else key
        arguments.append(told)
    return {**node, "args": arguments}


def _result(value, word, size):
    """A result with its columns renamed, and weights in the order of the rows."""
    if isinstance(value, Mapping):
        return {
            word(key): [part[place] for place in permutation(size)]
            if key == "weights"
            else _result(part, word, size)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_result(part, word, size) for part in value]
    return word(value) if isinstance(value, str) else value


def _factor(case, spec):
    """By which totals grow; 1 where the call estimates none, or weights are not given."""
    grows = "svytotal" in case["r"] or "svytable" in case["r"]
    return SCALE if grows and spec["weights"] and case["capability"] not in ADJUSTED else 1


FREE = {"cv", "keys", "names", "dimnames", "p_value"}


def _times(value, factor, power=1):
    if isinstance(value, Mapping):
        return {
            key: part if key in FREE else _times(part, factor, 2 if key == "vcov" else power)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_times(part, factor, power) for part in value]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value * factor**power if is_number else value
