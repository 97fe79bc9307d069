"""The cases of the reference folder whose data may be kept here.

python -m tests.reference.own_copy ../shared/reference/cases.json > tests/reference/cases.json

The data of R sae and R RankingProject stay out (the reference's README says which); the paths of
the others lead to tests/reference/data.
"""

import json
import re
import sys
from pathlib import Path

ELSEWHERE = re.compile(r"DATA\$(milk|cornsoybean\w*|traveltime2011)\b")


def allowed(content):
    """The file without the cases that name data which are kept elsewhere."""
    cases = [case for case in content["cases"] if not ELSEWHERE.search(case["r"])]
    return {**content, "cases": cases}


def written(content) -> str:
    """The file with a line for each case."""
    head = {key: value for key, value in content.items() if key != "cases"}
    lines = ",\n".join(_line(case) for case in content["cases"])
    return f'{_line(head).removesuffix("}")},\n"cases": [\n{lines}\n]}}\n'


def _line(part):
    return json.dumps(part, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    sys.stdout.write(written(allowed(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
