"""The languages of a form, and what a reader of Chinese or English gets where one is missing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count

from survey.instrument.items import Label, Language

_CHINESE = frozenset({"zh", "cn", "chi", "zho", "cmn"})
_ENGLISH = frozenset({"en", "eng"})
_CODE = re.compile(r"\(\s*(([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*)\s*\)\s*$")
_BARE_CODE = re.compile(r"(([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*)")
# Languages of China and some that forms name without a code, as IANA registers them.
_CODES_BY_NAME = {
    **dict.fromkeys(("uyghur", "uighur", "维吾尔语", "维吾尔文", "维语", "ئۇيغۇرچە"), "ug"),
    **dict.fromkeys(("tibetan", "藏语", "藏文", "བོད་སྐད་"), "bo"),
    **dict.fromkeys(("mongolian", "蒙古语", "蒙古文", "蒙语"), "mn"),
    **dict.fromkeys(("kazakh", "哈萨克语", "哈萨克文"), "kk"),
    **dict.fromkeys(("korean", "朝鲜语", "朝鲜文", "韩语"), "ko"),
    **dict.fromkeys(("zhuang", "壮语", "壮文"), "za"),
    **dict.fromkeys(("yi", "彝语", "彝文"), "ii"),
    **dict.fromkeys(("cantonese", "粤语", "广东话"), "yue"),
    **dict.fromkeys(("french", "français", "francais", "法语"), "fr"),
    **dict.fromkeys(("spanish", "español", "espanol", "西班牙语"), "es"),
    **dict.fromkeys(("portuguese", "português", "葡萄牙语"), "pt"),
    **dict.fromkeys(("german", "deutsch", "德语"), "de"),
    **dict.fromkeys(("italian", "italiano"), "it"),
    **dict.fromkeys(("russian", "русский", "俄语"), "ru"),
    **dict.fromkeys(("arabic", "العربية", "阿拉伯语"), "ar"),
    **dict.fromkeys(("japanese", "日本語", "日语"), "ja"),
    **dict.fromkeys(("vietnamese", "tiếng việt", "越南语"), "vi"),
    **dict.fromkeys(("swahili", "kiswahili"), "sw"),
    "hindi": "hi",
    "indonesian": "id",
    "thai": "th",
    "turkish": "tr",
    "persian": "fa",
    "hebrew": "he",
    "urdu": "ur",
    "amharic": "am",
    "burmese": "my",
    "khmer": "km",
    "lao": "lo",
    "nepali": "ne",
    "bengali": "bn",
}
UNNAMED = ""


class Languages:
    """The languages that a form names, and the texts that it has in them.

    A reader of Chinese or English gets the text that there is where the form lacks
    his language; text without a language serves both, and is that of
    ``default_language`` where the form says so.

    Attributes
    ----------
    found : tuple of Language
        The named ones: the default first, then in the order of the sheets. None
        without names.
    """

    def __init__(self, names: Iterable[str], default: str = "") -> None:
        names = tuple(dict.fromkeys(names))
        named = [name for name in names if name != UNNAMED]
        self._default = default if default in named or (named and UNNAMED in names) else ""
        if self._default:
            named = [self._default, *(name for name in named if name != self._default)]
        self._codes = _codes(named)
        self.found = tuple(Language(code, name) for name, code in self._codes.items())
        ordered = [UNNAMED, *named]
        self._zh = sorted(ordered, key=lambda name: self._rank(name, "zh", "en"))
        self._en = sorted(ordered, key=lambda name: self._rank(name, "en", "zh"))

    def label(self, translations: Mapping[str, str]) -> Label:
        """Chinese, English and every further language; empty where the form has no text."""
        texts = {name: text for name, text in translations.items() if text}
        if not texts:
            return {}
        if self._default and UNNAMED in texts:
            texts.setdefault(self._default, texts[UNNAMED])
        own = {code: texts[name] for name, code in self._codes.items() if name in texts}
        return {
            "zh": next(texts[name] for name in self._zh if name in texts),
            "en": next(texts[name] for name in self._en if name in texts),
            **{code: text for code, text in own.items() if code not in {"zh", "en"}},
        }

    def _rank(self, name: str, wanted: str, other: str) -> int:
        """First the wanted language, then unnamed text, then the other one, then any."""
        if name == UNNAMED:
            return 1
        code = self._codes[name]
        if code == wanted:
            return 0
        return 2 if code == other else 3


def recognised(name: str) -> str | None:
    """``zh``, ``en`` or None for the name of a language column, ``中文 (zh)`` for instance."""
    text = name.strip().lower()
    code = _CODE.search(text) or _BARE_CODE.fullmatch(text)
    if code is not None and code[2] in _CHINESE:
        return "zh"
    if code is not None and code[2] in _ENGLISH:
        return "en"
    if "chinese" in text or any(word in text for word in ("中文", "汉语", "漢語", "普通话")):
        return "zh"
    return "en" if "english" in text or "英文" in text or "英语" in text else None


def _codes(names: Sequence[str]) -> dict[str, str]:
    """A code for each name, none twice; a second kind of Chinese keeps its whole tag."""
    found: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        taken = set(found.values())
        further = (f"x-{place}" for place in count(number))
        candidates = chain(_code_and_tag(name, number), further)
        found[name] = next(code for code in candidates if code not in taken)
    return found


def _code_and_tag(name: str, number: int) -> tuple[str, str]:
    text = name.strip().lower()
    written = _CODE.search(text) or _BARE_CODE.fullmatch(text)
    tag = written[1].replace("_", "-") if written else ""
    code = recognised(name) or (written[2] if written else "") or _CODES_BY_NAME.get(text, "")
    code = code or _private(name, number)
    return code, tag or code


def _private(name: str, number: int) -> str:
    """A tag for private use (RFC 5646, section 2.2.7), of the letters of the name."""
    letters = "".join(one for one in name.lower() if one.isascii() and one.isalnum())
    return f"x-{letters[:8]}" if letters else f"x-{number}"
