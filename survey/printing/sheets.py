"""Posters, labels and letters: what stands on them, and the PDF of a pile of them."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from survey import qr
from survey.codes import grouped
from survey.errors import SurveyError
from survey.printing import press
from survey.printing.faults import CannotPrint, missing_glyphs, too_long
from survey.printing.fonts import CODES, Typefaces

MOST_CARDS = 500  # in one file: 6 s of one processor for labels, 15 s for letters
LONGEST = 120  # seconds
ROOT = Path(__file__).resolve().parent.parent.parent


class Sheet(StrEnum):
    POSTER_A3 = "poster-a3"
    POSTER_A4 = "poster-a4"
    LABELS = "labels"
    LETTERS = "letters"


# Template and paper.
MADE_OF = {
    Sheet.POSTER_A3: ("poster", "a3"),
    Sheet.POSTER_A4: ("poster", "a4"),
    Sheet.LABELS: ("labels", "a4"),
    Sheet.LETTERS: ("letter", "a4"),
}


class NothingToPrint(SurveyError):
    code = "nothing_to_print"
    status = 422
    zh = "没有可以打印的码。"
    en = "There is no code to print."


class TooMuchToPrint(SurveyError):
    code = "too_much_to_print"
    status = 422
    zh = "一次最多打印 {most} 个码,现有 {number} 个。请按区域或类型分批打印。"
    en = (
        "At most {most} codes are printed at once, and these are {number}."
        " Please print them by area or kind."
    )


class PrintingTooSlow(SurveyError):
    code = "printing_too_slow"
    status = 503
    zh = "打印超过了 {seconds} 秒,已停止。请按区域或类型分批打印。"
    en = "Printing took longer than {seconds} seconds. Please print by area or kind."


class PressFailed(RuntimeError):
    """The process that sets the sheet has ended otherwise than it should: a mistake of ours."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a sheet says of the survey; ``approval_kind`` is 审批, 备案 or 演练.

    ``contact`` is the unit that answers questions, with its telephone; it may be empty.
    """

    title_zh: str
    title_en: str
    form_number: str
    maker: str
    approval_kind: str
    approval_by: str
    approval_number: str
    valid_until: date
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A place, or a drawn household: that is one with a ``number``.

    ``area`` is a name, not a code. ``name`` is the place's; ``address`` is that of a household
    where it is known. ``valid_to`` is the last day of the code itself.
    """

    code: str
    area: str
    name: str = ""
    number: int | None = None
    address: str = ""
    valid_to: date | None = None

    @property
    def called(self) -> str:
        """What a message about the card calls it."""
        return self.name if self.number is None else f"{self.area} 第 {self.number} 户"


def pdf(
    sheet: Sheet,
    survey: Survey,
    cards: Sequence[Card],
    *,
    base_url: str,
    printed_on: date,
    fonts: Typefaces,
) -> bytes:
    """Print cards: a poster or a letter a page, or 24 labels a page, as PDF/A-2u.

    The same values give the same bytes with the same fonts.

    Raises
    ------
    CannotPrint
        A text has a character without a glyph, or does not fit its box in legible type. All such
        texts are named.
    """
    if not cards:
        raise NothingToPrint
    if len(cards) > MOST_CARDS:
        raise TooMuchToPrint(most=MOST_CARDS, number=len(cards))
    faults = missing_glyphs(_texts(survey, cards), fonts.shown)
    if faults:
        raise CannotPrint(faults)
    template, paper = MADE_OF[sheet]
    data = {
        "paper": paper,
        "fonts": fonts.families,
        "code_fonts": [CODES, *fonts.families],
        "printed_on": [printed_on.year, printed_on.month, printed_on.day],
        "survey": _plain(survey),
        "cards": [_plain(card) | _addresses(card.code, base_url) for card in cards],
    }
    done = _press({"template": template, "folders": list(map(str, fonts.folders)), "data": data})
    if done.returncode == press.DOES_NOT_FIT:
        boxes = [(cards[one["card"]].called, one["what"]) for one in json.loads(done.stdout)]
        raise CannotPrint(list(dict.fromkeys(too_long(*box) for box in boxes)))
    if done.returncode != 0:
        raise PressFailed(done.stderr.decode())
    return done.stdout


def _press(order: Mapping[str, Any]) -> subprocess.CompletedProcess[bytes]:
    """Run the press. It gets nothing of our environment: neither secrets nor a way out."""
    command = [sys.executable, "-m", press.__name__]
    try:
        return subprocess.run(  # noqa: S603 - this Python and a module of ours
            command,
            input=json.dumps(order).encode(),
            capture_output=True,
            cwd=ROOT,
            env={},
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PrintingTooSlow(seconds=LONGEST) from error


def _plain(value: Survey | Card) -> dict[str, Any]:
    fields = asdict(value).items()
    return {k: field.isoformat() if isinstance(field, date) else field for k, field in fields}


def _addresses(code: str, base_url: str) -> dict[str, str]:
    """The code in groups, the address in its picture, and one short enough to be typed."""
    site = base_url.removeprefix("https://")
    return {
        "grouped": grouped(code),
        "url": qr.address(base_url, code),
        "short": f"{site}/q/{code}",
        "site": f"{site}/q/",
        "withdrawal": f"{site}/q/{code}/withdraw",
    }


def _texts(survey: Survey, cards: Sequence[Card]) -> Iterator[tuple[str, str]]:
    """Every text with what it belongs to; "" is the survey itself."""
    yield from (("", field) for field in asdict(survey).values() if isinstance(field, str))
    for card in cards:
        yield from ((card.called, text) for text in (card.name, card.area, card.address))
