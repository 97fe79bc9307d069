"""A process of its own that sets one sheet: an order as JSON in, a PDF out.

Typst keeps what it has laid out for as long as its process lives, up to a gigabyte for 500
letters, and lets no other Python thread run while it works. So the server starts a process for
each sheet (``python -m survey.printing.press``), and residents are answered meanwhile.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typst

from survey import qr

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates" / "print"
# To be read in years without any font of the reader's: all fonts are embedded, and a character
# without a glyph is an error even where our own check has overlooked it.
STANDARD: Final = "a-2u"
DOES_NOT_FIT = 3  # exit code; what does not fit is on standard output, as JSON


def main() -> None:
    os.nice(10)  # a resident who waits comes first
    order = json.load(sys.stdin.buffer)
    for card in order["data"]["cards"]:
        card["qr"] = str(qr.svg(card["url"]))
    compiler = _compiler(order)
    too_long = compiler.query("<too-long>", field="value")
    if json.loads(too_long):
        sys.stdout.write(too_long)
        sys.exit(DOES_NOT_FIT)
    compiled = compiler.compile(format="pdf", pdf_standards=STANDARD)
    assert isinstance(compiled, bytes)
    sys.stdout.buffer.write(compiled)


def _compiler(order: Mapping[str, Any]) -> typst.Compiler:
    """The template with its data: a text, which it reads as JSON and never as Typst."""
    return typst.Compiler(
        str(TEMPLATES / f"{order['template']}.typ"),
        root=str(TEMPLATES),
        font_paths=order["folders"],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(order["data"])},
    )


if __name__ == "__main__":
    main()
