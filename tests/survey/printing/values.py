"""A survey, its places and households, as they are handed to the printer."""

from datetime import date

import typst

from survey.codes import household_code, place_code
from survey.printing.fonts import choose
from survey.printing.sheets import Card, Survey, pdf
from tests.papers import Paper

BASE_URL = "https://survey.example.gov.cn"
AREA = "府前街道府前第2社区"
SURVEY = Survey(
    title_zh="和安市文明城市创建居民调查",
    title_en="He'an civilized-city resident survey",
    form_number="和文调1表",
    maker="和安市文明办",
    approval_kind="备案",
    approval_by="和安市统计局",
    approval_number="和统备〔2026〕3号",
    valid_until=date(2026, 12, 31),
    contact="和安市文明办创建科 0379-12345678",
)


def place(name="府前第2社区农贸市场东门", **more):
    return Card(code=place_code(), name=name, area=AREA, **more)


def household(number=1, **more):
    return Card(code=household_code(), number=number, area=AREA, **more)


def printed(sheet, cards, *, survey=SURVEY, fonts=None, base_url=BASE_URL):
    fonts = fonts or choose(typst.Fonts())
    return Paper(
        pdf(sheet, survey, cards, base_url=base_url, printed_on=date(2026, 3, 1), fonts=fonts)
    )


def url(card):
    """What the code of a card must say."""
    return f"HTTPS://SURVEY.EXAMPLE.GOV.CN/Q/{card.code}"
