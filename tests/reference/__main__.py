"""``python -m tests.reference FILE``: the R calls of a cases file, evaluated by ``analysis``."""

import sys
from pathlib import Path

from tests.reference.runner import report, run_file


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tests.reference CASES.json\n")
        return 2
    outcomes = run_file(Path(arguments[0]))
    sys.stdout.write(report(outcomes))
    return 0 if all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
