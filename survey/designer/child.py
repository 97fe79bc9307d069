"""The process that reads an uploaded workbook: limits for itself first, then the file.

A workbook is somebody else's input for parsers that are not ours. What goes
wrong in them ends this process and not the server's.
"""

import json
import os
import resource
import sys
from typing import Any, BinaryIO

from analysis.study.problems import Problem
from survey.instrument.xlsform import read_xlsform_bytes

OUT_OF_MEMORY, FORM_TOO_LARGE = 3, 4  # exit statuses
LARGEST_FORM = 10_000_000  # bytes as JSON: each server process keeps the forms that it shows
LARGEST_FILE = 50_000_000  # bytes; pyxform writes the converted form to a temporary file
MOST_PROBLEMS = 500  # listed; nobody corrects more at once
OPEN_FILES = 64


def main() -> None:
    """Read a name and a workbook from the input, write the form or what is wrong with it.

    The arguments are bytes of memory and seconds of the processor.
    """
    # Whatever a library prints goes with the errors: the output is ours alone.
    output = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    limit(memory=int(sys.argv[1]), seconds=int(sys.argv[2]))
    try:
        written = read(sys.stdin.buffer)
        if len(written) > LARGEST_FORM:
            sys.exit(FORM_TOO_LARGE)
        output.write(written)
        output.close()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # an orderly end would want memory, too


def read(given: BinaryIO) -> str:
    """The answer to a line with a name and a workbook behind it."""
    name = json.loads(given.readline())
    form, problems = read_xlsform_bytes(name, given.read())
    if any(problem.found.startswith(MemoryError.__name__) for problem in problems):
        raise MemoryError  # the reader took it for a fault of the workbook
    return json.dumps(
        {
            "form": form.to_json() if form else None,
            "problems": [problem_to_json(problem) for problem in problems[:MOST_PROBLEMS]],
            "left_out": max(len(problems) - MOST_PROBLEMS, 0),
        }
    )


def limit(*, memory: int, seconds: int) -> None:
    """Take from this process what it does not need to read a workbook."""
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: LARGEST_FILE,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
    }
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))
    # The second number kills it if it lives through the signal of the first.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def problem_to_json(problem: Problem) -> list[Any]:
    """The fields in the order of the class."""
    return [
        problem.file,
        problem.row,
        problem.column,
        problem.found,
        problem.expected_zh,
        problem.expected_en,
    ]


if __name__ == "__main__":
    main()
