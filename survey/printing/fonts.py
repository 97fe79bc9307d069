"""The fonts of printed sheets: chosen by name, and what they can show."""

from dataclasses import dataclass
from pathlib import Path

import typst

from survey.errors import SurveyError
from survey.printing.charmap import characters

# Families in the order in which they are taken. A sheet speaks simplified Chinese, and one family
# writes as much of it as it can.
CHINESE = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Serif CJK SC",
    "AR PL UMing CN",
)
RARE = ("HanaMinA", "HanaMinB")  # nearly every ideograph of Unicode, in another style
CODES = "DejaVu Sans Mono"  # comes with Typst
# The packages of Debian that bring them.
PACKAGE, SMALL_PACKAGE, RARE_PACKAGE = "fonts-noto-cjk", "fonts-wqy-microhei", "fonts-hanazono"


class NoChineseFont(SurveyError):
    code = "no_chinese_font"
    status = 503
    zh = "服务器上没有中文字体,无法打印。请管理员安装 Debian 软件包 {package} 或 {small}。"
    en = (
        "There is no Chinese font on the server, so nothing can be printed."
        " An administrator must install the Debian package {package} or {small}."
    )

    def __init__(self) -> None:
        super().__init__(package=PACKAGE, small=SMALL_PACKAGE)


@dataclass(frozen=True, slots=True)
class Typefaces:
    """Fonts to print with.

    Attributes
    ----------
    families
        The Chinese ones, each standing in for what those before it lack.
    folders
        Where their files are.
    shown
        The code points that one of the families has a glyph for in all its weights.
    """

    families: tuple[str, ...]
    folders: tuple[Path, ...]
    shown: frozenset[int]


def choose(found: typst.Fonts) -> Typefaces:
    """Take the Chinese families that are there; ``typst.Fonts()`` are those of this computer.

    Raises
    ------
    NoChineseFont
        There is none. Another font would print boxes.
    """
    faces: dict[str, list[tuple[Path, int]]] = {family: [] for family in (*CHINESE, *RARE)}
    for font in found.fonts():
        if font.family in faces and font.style == "normal" and font.path is not None:
            faces[font.family].append((Path(font.path), font.index))
    if not any(faces[family] for family in CHINESE):
        raise NoChineseFont
    there = {family: files for family, files in faces.items() if files}
    shown = [
        frozenset.intersection(*(characters(path, index) for path, index in files))
        for files in there.values()
    ]
    folders = {path.parent for files in there.values() for path, _ in files}
    return Typefaces(tuple(there), tuple(sorted(folders)), frozenset.union(*shown))
