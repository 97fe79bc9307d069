"""The two languages of the product in the columns of a form."""

import re
from collections.abc import Iterable, Mapping

from survey.instrument.items import Label

_CHINESE = frozenset({"zh", "cn", "chi", "zho", "cmn"})
_ENGLISH = frozenset({"en", "eng"})
_CODE = re.compile(r"\(\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*\s*\)\s*$")
_BARE_CODE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*")
UNNAMED = ""


class Languages:
    """Which of a form's languages serve Chinese and English readers.

    A form without one of the two gives the text that it has; one without named
    languages serves both readers with the same text.
    """

    def __init__(self, names: Iterable[str], default: str = "") -> None:
        ordered = sorted(set(names), key=lambda name: (name != default, name != UNNAMED, name))
        self._zh = sorted(ordered, key=lambda name: _rank(name, "zh", "en"))
        self._en = sorted(ordered, key=lambda name: _rank(name, "en", "zh"))

    def label(self, translations: Mapping[str, str]) -> Label:
        """Both texts, or an empty label where the form has none."""
        zh = next((translations[name] for name in self._zh if translations.get(name)), "")
        en = next((translations[name] for name in self._en if translations.get(name)), "")
        return {"zh": zh, "en": en} if zh else {}


def recognised(name: str) -> str | None:
    """``zh``, ``en`` or None for the name of a language column, ``中文 (zh)`` for instance."""
    text = name.strip().lower()
    code = _CODE.search(text) or _BARE_CODE.fullmatch(text)
    if code is not None and code[1] in _CHINESE:
        return "zh"
    if code is not None and code[1] in _ENGLISH:
        return "en"
    if "chinese" in text or any(word in text for word in ("中文", "汉语", "漢語", "普通话")):
        return "zh"
    return "en" if "english" in text or "英文" in text or "英语" in text else None


def _rank(name: str, wanted: str, other: str) -> int:
    """First the wanted language, then unnamed text, then the other one, then any."""
    language = recognised(name)
    if language == wanted:
        return 0
    if name == UNNAMED:
        return 1
    return 2 if language == other else 3
