"""Why a sheet is not printed: characters without a glyph, texts without room."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from survey.errors import SurveyError
from survey.printing.fonts import PACKAGE, RARE_PACKAGE

MOST_NAMED = 20  # faults in one message, characters in one fault
# What nobody can see: it could hide or turn round what is printed. And private characters, which
# are one thing in one font and another in the next. Selectors of variants are marks by category.
NEVER_PRINTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# The boxes that the templates fit texts into. Those of the survey are alike on every card.
OF_THE_SURVEY: Final = {
    "title": ("调查名称", "the title of the survey"),
    "address": ("网址", "the web address"),
    "identity": ("调查表的标识", "the identity of the form"),
    "maker": ("制定机关", "who issued the form"),
    "contact": ("落款", "the signature"),
}
OF_THE_CARD: Final = {
    "name": ("名称", "the name"),
    "area": ("区域名称", "the name of the area"),
    "recipient": ("收信人地址", "the address"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    zh: str
    en: str


class CannotPrint(SurveyError):
    """Nothing was printed; ``details["faults"]`` are all reasons, the sentences name the first."""

    code = "cannot_print"
    status = 422
    zh = "没有打印。{named_zh}"
    en = "Nothing was printed. {named_en}"

    def __init__(self, faults: Sequence[Fault]) -> None:
        named, left = faults[:MOST_NAMED], len(faults[MOST_NAMED:])
        zh, en = [fault.zh for fault in named], [fault.en for fault in named]
        if left:
            zh.append(f"另有 {left} 处。")
            en.append(f"And {left} more.")
        super().__init__(faults=faults, named_zh="".join(zh), named_en=" ".join(en))


def missing_glyphs(texts: Iterable[tuple[str, str]], shown: frozenset[int]) -> list[Fault]:
    """What cannot be printed, a fault for each owner of texts.

    ``texts`` are pairs of an owner and a text; "" owns what belongs to the survey itself.
    """
    unseen: dict[str, dict[str, None]] = {}
    unknown: dict[str, dict[str, None]] = {}
    for owner, text in texts:
        for character in text:
            if is_invisible(character):
                unseen.setdefault(owner, {})[character] = None
            elif ord(character) not in shown:
                unknown.setdefault(owner, {})[character] = None
    return [
        *(_invisible(owner, list(characters)) for owner, characters in unseen.items()),
        *(_without_glyph(owner, list(characters)) for owner, characters in unknown.items()),
    ]


def too_long(owner: str, box: str) -> Fault:
    """A text that does not fit its box even in the smallest type."""
    if box in OF_THE_SURVEY:
        zh, en = OF_THE_SURVEY[box]
        return Fault(f"{zh}太长,放不下。", f"There is no room for {en}.")
    zh, en = OF_THE_CARD[box]
    return Fault(f"“{owner}”的{zh}太长,放不下。", f"There is no room for {en} of “{owner}”.")


def _invisible(owner: str, characters: Sequence[str]) -> Fault:
    zh, en = _named(owner)
    codes = [_code(one) for one in characters[:MOST_NAMED]]
    return Fault(
        f"{zh}含有看不见或没有定义的字符: {'、'.join(codes)}。",
        f"{en} has invisible or undefined characters: {', '.join(codes)}.",
    )


def _without_glyph(owner: str, characters: Sequence[str]) -> Fault:
    zh, en = _named(owner)
    shown = [f"{one} ({_code(one)})" for one in characters[:MOST_NAMED]]
    packages = f"{PACKAGE}, {RARE_PACKAGE}"
    return Fault(
        f"{zh}含有服务器字体没有的字: {'、'.join(shown)}。可以安装更全的字体({packages})。",
        f"{en} has characters that no font of the server can show: {', '.join(shown)}."
        f" Fonts with more characters: {packages}.",
    )


def _named(owner: str) -> tuple[str, str]:
    if not owner:
        return "调查的名称或标识", "The title or identity of the survey"
    seen = "".join("\ufffd" if is_invisible(character) else character for character in owner)
    return f"“{seen}”", f"“{seen}”"


def is_invisible(character: str) -> bool:
    if unicodedata.category(character) in NEVER_PRINTED:
        return True
    return unicodedata.name(character, "").startswith("VARIATION SELECTOR")


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"
