"""``python -m tests.expressions FILE [--browser]``: the cases of a file, on both engines."""

import argparse
import sys
from pathlib import Path

from tests.browsers import ChromiumMissing, chromium
from tests.expressions.cases import NoCases, read_cases
from tests.expressions.engines import on_page, on_server
from tests.expressions.report import judged, table


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.expressions")
    parser.add_argument("file", type=Path, help="a JSON list of cases")
    parser.add_argument("--browser", action="store_true", help="also on the page's engine")
    options = parser.parse_args(arguments)
    try:
        cases = read_cases(options.file)
        outcomes = {"server": judged(cases, on_server(cases))}
        if options.browser:
            with chromium() as browser:
                outcomes["page"] = judged(cases, on_page(browser, cases))
    except (NoCases, ChromiumMissing) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for engine, found in outcomes.items():
        sys.stdout.write(f"{engine}\n{table(found)}\n")
    return 0 if all(one.passed() for found in outcomes.values() for one in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
