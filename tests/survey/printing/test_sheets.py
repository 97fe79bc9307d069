"""Posters, labels and letters as printed: read back from their pictures and their texts."""

import re
from dataclasses import fields, replace
from datetime import date

import pytest
import typst

from survey.codes import grouped
from survey.printing import faults, sheets
from survey.printing.faults import CannotPrint
from survey.printing.fonts import NoChineseFont, choose
from survey.printing.press import TEMPLATES
from survey.printing.sheets import (
    MOST_CARDS,
    NothingToPrint,
    PrintingTooSlow,
    Sheet,
    TooMuchToPrint,
)
from tests import papers
from tests.survey.printing.values import AREA, SURVEY, household, place, printed, url

DPI = 150
POSTERS = (Sheet.POSTER_A4, Sheet.POSTER_A3)
PAPER = {Sheet.POSTER_A3: (297, 420)}
# Names that mean something to Typst, to HTML, or have no place to break a line.
HOSTILE = [
    '#import "@preview/x:1.0.0": *',
    '#read("/etc/passwd") #sys.inputs',
    "$x$ *a* _b_ `c` ~ -- ---",
    r"\u{0} \u{20BB7} \n \ // /* */",
    "<script>alert(1)</script> &amp; <too-long>",
    "= 标题",
    "@引用 [内容] #{1 + 1}",
    '", "qr": "',
    "{{ name }}{% raw %}",
    "长" * 80,
    "W" * 80,
    "府前第1社区" * 13 + "公告",
    "龘靐齉爩市场",
]  # fmt: skip
WINDOW = (20, 45, 85, 45)  # of a DL envelope, in millimetres
LABEL = (70, 37, 0.5)  # wide, high, and above the first
CODE = 19.2  # side of a label's code with its white edge

every_sheet = pytest.mark.parametrize("sheet", Sheet)


def a_card(sheet, **more):
    return household(**more) if sheet is Sheet.LETTERS else place(**more)


def without_space(text):
    return "".join(text.split())


def cells(paper, number):
    """Page and box of each label."""
    wide, high, above = LABEL
    for index in range(number):
        page, place_on_page = divmod(index, 24)
        row, column = divmod(place_on_page, 3)
        yield page, (column * wide, above + row * high, wide, high)


@pytest.mark.parametrize("sheet", [*POSTERS, Sheet.LETTERS])
def test_a_poster_or_letter_is_a_page_with_its_own_code(sheet):
    cards = [a_card(sheet) for _ in range(3)]
    paper = printed(sheet, cards)
    assert paper.sizes() == [PAPER.get(sheet, (210, 297))] * 3
    for number, (card, picture) in enumerate(zip(cards, paper.pictures(DPI), strict=True), 1):
        assert papers.codes(picture) == [url(card)]
        text = paper.text(number)
        assert grouped(card.code) in text
        assert f"survey.example.gov.cn/q/{card.code}" in text
        assert f"{AREA}第1户" in text or without_space(card.name) in text


def test_labels_are_three_by_eight_each_with_its_own_code():
    cards = [household(number, address="不印在标签上") for number in range(1, 27)]
    paper = printed(Sheet.LABELS, cards)
    assert paper.sizes() == [(210, 297)] * 2
    pictures = paper.pictures(DPI)
    for card, (page, box) in zip(cards, cells(paper, 26), strict=True):
        assert papers.codes(papers.cut(pictures[page], DPI, box)) == [url(card)]
        text = paper.text(page + 1, box)
        assert text.startswith(without_space(f"{AREA}第{card.number}户{SURVEY.title_zh}"))
        assert grouped(card.code) in text
        assert "survey.example.gov.cn/q/" in text
    assert "不印在标签上" not in paper.text(1)


@every_sheet
def test_a_sheet_says_what_the_survey_is(sheet):
    card = a_card(sheet, valid_to=date(2026, 6, 9))
    text = printed(sheet, [card]).text(1)
    for words in (
        SURVEY.title_zh,
        "表号", "和文调1表", "制定机关", "和安市文明办", "备案机关", "和安市统计局", "文号",
        "和统备〔2026〕3号", "有效期至", "2026-12-31", "自愿", "不记名", "3分钟", "撤回",
        "此码有效期至", "2026-06-09", "和安市文明办创建科", "0379-12345678", "/withdraw",
    ):  # fmt: skip
        assert words in text, words
    assert "oluntary" in text
    assert ("只能用一次" in text or "限用一次" in text) == (card.number is not None)


@every_sheet
def test_a_survey_with_long_names_still_fits(sheet):
    long = replace(
        SURVEY,
        title_zh="和安市2026年全国文明城市创建工作群众满意度调查",
        title_en="He'an 2026 survey on the campaign for a national civilized city",
        maker="和安市精神文明建设指导委员会办公室",
        approval_by="国家统计局和安调查队",
        approval_number="和统备字〔2026〕第12号",
        contact="和安市精神文明建设指导委员会办公室创建指导科 0379-12345678",
    )
    card = replace(a_card(sheet), area="府前街道办事处府前第2社区居民委员会第3网格")
    paper = printed(sheet, [card], survey=long, base_url="https://wenming.survey.hean.gov.cn")
    text = paper.text(1)
    for words in (long.title_zh, long.maker, long.approval_by, long.approval_number):
        assert without_space(words) in text
    assert "oluntary" in text


@every_sheet
def test_a_rehearsal_says_that_nobody_approved_it(sheet):
    drill = replace(SURVEY, approval_kind="演练", approval_by="", approval_number="", contact="")
    text = printed(sheet, [a_card(sheet)], survey=drill).text(1)
    assert "演练:未经审批或备案" in text
    assert "机关和安市统计局" not in text
    assert "文号" not in text
    assert "联系单位" not in text


@every_sheet
def test_a_survey_without_an_english_title_or_a_contact_is_printed(sheet):
    bare = replace(SURVEY, title_en="", contact="")
    assert SURVEY.title_zh in printed(sheet, [a_card(sheet)], survey=bare).text(1)


@pytest.mark.parametrize("sheet", [*POSTERS, Sheet.LABELS])
def test_no_name_is_taken_for_markup(sheet):
    cards = [place(name) for name in HOSTILE]
    paper = printed(sheet, cards)
    pages = len(paper.sizes())
    assert pages == (1 if sheet is Sheet.LABELS else len(HOSTILE))
    boxes = (
        [(page + 1, box) for page, box in cells(paper, len(cards))]
        if sheet is Sheet.LABELS
        else [(page, None) for page in range(1, pages + 1)]
    )
    for name, (page, box) in zip(HOSTILE, boxes, strict=True):
        assert without_space(name) in paper.text(page, box), name


def test_no_address_is_taken_for_markup_and_it_stays_in_the_window():
    cards = [household(number, address=text) for number, text in enumerate([*HOSTILE, ""], 1)]
    paper = printed(Sheet.LETTERS, cards)
    for page, (card, picture) in enumerate(zip(cards, paper.pictures(DPI), strict=True), 1):
        sender, recipient = SURVEY.maker, f"{card.called}住户收To the household"
        seen = paper.text(page, WINDOW)
        assert seen == without_space(f"{sender}{card.address}{recipient}")
        left, top, right, bottom = papers.ink(papers.cut(picture, DPI, WINDOW), DPI)
        assert left >= 0
        assert right < WINDOW[2] - 2
        assert top > 0
        assert bottom < WINDOW[3] - 1
        # the code lies on the middle third, inside when the letter is folded
        assert papers.codes(papers.cut(picture, DPI, (0, 99, 210, 99))) == [url(card)]
        assert papers.codes(papers.cut(picture, DPI, (0, 0, 210, 99))) == []


@pytest.mark.parametrize("sheet", POSTERS)
def test_nothing_runs_off_a_poster(sheet):
    wide, high = PAPER.get(sheet, (210, 297))
    for picture in printed(sheet, [place(name) for name in HOSTILE]).pictures(50):
        left, top, right, bottom = papers.ink(picture, 50)
        assert min(left, top, wide - right, high - bottom) > 10


def test_nothing_runs_out_of_a_label_or_over_its_code():
    cards = [place(name) for name in HOSTILE] + [household(n) for n in range(998, 1009)]
    paper = printed(Sheet.LABELS, cards)
    (picture,) = paper.pictures(DPI)
    for page, (left, top, wide, high) in cells(paper, 24):
        assert page == 0
        box = (left + 1.5, top + 1.5, wide - 3, high - 3)
        inside = papers.cut(picture, DPI, box)
        sides = papers.ink(inside, DPI)
        assert min(sides[0], sides[1], box[2] - sides[2], box[3] - sides[3]) > 0.5
        # around the printed code at least three of its four white modules stay white
        code = papers.cut(picture, DPI, (left + 4.5, top + 2.5, CODE, CODE))
        white = papers.ink(code, DPI)
        assert min(white[0], white[1], CODE - white[2], CODE - white[3]) > 3 * CODE / 41


def test_a_place_of_eighty_characters_fits_every_sheet_of_places():
    for sheet in (*POSTERS, Sheet.LABELS):
        for name in ("龘" * 80, "W" * 80, "中W" * 40, ("W" * 20 + " ") * 3 + "W" * 17):
            assert printed(sheet, [place(name)]).sizes()


@every_sheet
def test_all_fonts_are_embedded_as_subsets_that_know_their_texts(sheet):
    fonts = printed(sheet, [a_card(sheet)]).fonts()
    assert len(fonts) >= 2
    for font in fonts:
        assert (font.embedded, font.subset, font.has_texts) == (True, True, True)


@every_sheet
def test_the_same_values_are_the_same_bytes(sheet):
    card = a_card(sheet)
    assert printed(sheet, [card]).pdf == printed(sheet, [card]).pdf


def test_a_character_without_a_glyph_is_refused_with_its_place():
    found = choose(typst.Fonts())
    cards = [
        place("好名字"),
        place("𓀀野家"),
        place("农贸市场", valid_to=date(2026, 6, 9)),
        household(7, address="𓁐里 1 号"),
    ]
    survey = replace(SURVEY, maker="𓂀办")
    with pytest.raises(CannotPrint) as refused:
        printed(Sheet.LABELS, cards, survey=survey, fonts=found)
    reasons = [fault.zh for fault in refused.value.details["faults"]]
    assert len(reasons) == 3
    assert "调查的名称或标识" in reasons[0]
    assert "𓂀 (U+13080)" in reasons[0]
    assert "“𓀀野家”" in reasons[1]
    assert "𓀀 (U+13000)" in reasons[1]
    assert f"“{AREA} 第 7 户”" in reasons[2]
    assert "fonts-hanazono" in reasons[2]
    assert "U+13000" in refused.value.sentence("en")


@pytest.mark.parametrize("character", "\u202e\u200b\x07\t\n\ue000\ufdd0\u2028\U000e0100")
def test_what_nobody_sees_is_refused(character):
    with pytest.raises(CannotPrint) as refused:
        printed(Sheet.POSTER_A4, [place(f"东{character}门")])
    (fault,) = refused.value.details["faults"]
    assert f"U+{ord(character):04X}" in fault.zh
    assert character not in fault.zh


def test_rare_characters_are_printed_where_a_font_has_them():
    found = choose(typst.Fonts())
    name = "".join(one for one in "龘靐齉爩𠮷㐂䶮" if ord(one) in found.shown)
    assert name.startswith("龘靐齉爩")
    assert name in printed(Sheet.POSTER_A4, [place(name)], fonts=found).text(1)


def test_without_a_chinese_font_the_package_is_named():
    with pytest.raises(NoChineseFont, match="fonts-noto-cjk or fonts-wqy-microhei"):
        choose(typst.Fonts(include_system_fonts=False))


@pytest.mark.parametrize(
    ("field", "named"), [("title_zh", "调查名称太长"), ("form_number", "调查表的标识太长")]
)
@every_sheet
def test_a_survey_that_has_no_room_is_refused_once(sheet, field, named):
    survey = replace(SURVEY, **{field: "长" * 1500})
    with pytest.raises(CannotPrint) as refused:
        printed(sheet, [a_card(sheet), a_card(sheet)], survey=survey)
    reasons = [fault.zh for fault in refused.value.details["faults"]]
    assert len([reason for reason in reasons if named in reason]) == 1
    assert len(reasons) == len(set(reasons))


@every_sheet
def test_a_card_that_has_no_room_is_named(sheet):
    cards = [a_card(sheet), replace(a_card(sheet), name="长" * 900, area="区" * 900)]
    with pytest.raises(CannotPrint) as refused:
        printed(sheet, cards)
    assert all(
        "长长长" in fault.zh or "区区区" in fault.zh for fault in refused.value.details["faults"]
    )


def test_many_faults_are_counted_and_not_all_listed():
    with pytest.raises(CannotPrint) as refused:
        printed(Sheet.LABELS, [place(f"𓀀 {number}") for number in range(30)])
    assert len(refused.value.details["faults"]) == 30
    assert "另有 10 处" in refused.value.sentence("zh")
    assert "And 10 more." in refused.value.sentence("en")


def test_nothing_and_too_much_are_refused():
    with pytest.raises(NothingToPrint):
        printed(Sheet.LABELS, [])
    with pytest.raises(TooMuchToPrint, match=f"At most {MOST_CARDS}"):
        printed(Sheet.LABELS, [place()] * (MOST_CARDS + 1))


def test_a_printing_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(sheets, "LONGEST", 0.01)
    with pytest.raises(PrintingTooSlow):
        printed(Sheet.LABELS, [place()] * MOST_CARDS)


def test_an_address_of_this_computer_is_printed_with_its_scheme():
    card = place()
    paper = printed(Sheet.POSTER_A4, [card], base_url="http://127.0.0.1:8000")
    assert f"http://127.0.0.1:8000/q/{card.code}" in paper.text(1)
    assert papers.codes(paper.pictures(DPI)[0]) == [f"HTTP://127.0.0.1:8000/Q/{card.code}"]


def test_the_templates_read_nothing_but_their_data():
    for file in TEMPLATES.glob("*.typ"):
        text = file.read_text(encoding="utf-8")
        assert set(re.findall(r"#import \"([^\"]+)\"", text)) <= {"parts.typ"}, file
        assert not re.search(
            r"\b(read|csv|toml|yaml|xml|cbor|plugin|include|eval)\b *\(?", code_of(text)
        )


def code_of(template):
    """A template without its comments and its sentences."""
    text = re.sub(r"//.*", "", template)
    return re.sub(r"\[[^\[\]]*\]|\"[^\"]*\"", "", text)


def test_every_box_of_the_templates_has_a_name_for_messages():
    boxes = set()
    for file in TEMPLATES.glob("*.typ"):
        boxes |= set(
            re.findall(
                r"(?:fitted|room)\(\s*(?:index|card), \"(\w+)\"", file.read_text(encoding="utf-8")
            )
        )
    assert boxes == faults.OF_THE_SURVEY.keys() | faults.OF_THE_CARD.keys()


def test_the_printed_survey_has_all_that_the_law_asks_of_a_form():
    assert {"form_number", "maker", "approval_by", "approval_number", "valid_until"} <= {
        field.name for field in fields(SURVEY)
    }
