"""Writes reading.xlsx, the second questionnaire of the tests."""

from pathlib import Path

from tests.forms import sheets
from tests.forms.sheets import row, rule

SURVEY = (
    row("start", "began"),
    row("hidden", "desk_code"),
    row("hidden", "channel"),
    row("begin_group", "welcome", "欢迎", "Welcome"),
    row("note", "hello", "图书馆想听听读者的意见。", "The library asks its readers."),
    row("select_one agree", "consent_ok", "您愿意参加吗?", "Will you take part?", required="yes"),
    row(
        "integer",
        "birth_year",
        "您出生于哪一年?",
        "In which year were you born?",
        relevant="${consent_ok} = 'yes'",
        required="yes",
        **rule(
            ". >= 1920 and . <= 2026",
            "请填写 1920 到 2026 之间的年份",
            "A year from 1920 to 2026",
        ),
    ),
    row(
        "select_one often",
        "visits",
        "您多久来一次图书馆?",
        "How often do you come?",
        relevant="${consent_ok} = 'yes' and ${birth_year} <= 2012",
        required="${birth_year} < 2013",
        **{
            "required_message::chinese": "请告诉我们多久来一次",
            "required_message::english": "Please say how often",
        },
    ),
    row(
        "calculate",
        "takes_part",
        calculation="if(selected('weekly monthly', ${visits}) and ${birth_year} <= 2012, 'Y', 'N')",
    ),
    row(
        "note",
        "too_young",
        "谢谢,本次只问 2012 年及以前出生的读者。",
        "Thank you; this time we ask readers born in 2012 or before.",
        relevant="${birth_year} > 2012",
    ),
    row("end_group"),
    row("begin_group", "reading", "阅读", "Reading", relevant="${takes_part} = 'Y'"),
    row("select_one yesno", "borrows", "您借书吗?", "Do you borrow books?", required="yes"),
    row("begin_group", "borrowing", "借书", "Borrowing", relevant="${borrows} = 'y'"),
    row(
        "integer",
        "books_month",
        "一个月借几本?",
        "How many books a month?",
        required="yes",
        **rule(". >= 1 and . <= 60", "1 到 60 本", "1 to 60 books"),
    ),
    row("begin_group", "keen", "爱书人", "Keen readers", relevant="${books_month} >= 10"),
    row(
        "text",
        "why_many",
        "为什么借这么多?",
        "Why so many?",
        required="yes",
        appearance="multiline",
        **rule("string-length(.) <= 80", "不超过 80 字", "At most 80 characters"),
    ),
    row("end_group"),
    row("end_group"),
    row(
        "select_multiple genre",
        "genres",
        "您读哪些书?(可多选)",
        "What do you read? (choose all that apply)",
        required="yes",
        **rule(
            "not(selected(., 'none') and count-selected(.) > 1)",
            "“都不读”不能与其他同时选",
            '"None" stands alone',
        ),
    ),
    row(
        "decimal",
        "hours_week",
        "一周读几小时?",
        "Hours a week?",
        **rule(". >= 0 and . <= 168", "0 到 168 小时", "0 to 168 hours"),
    ),
    row(
        "date",
        "last_visit",
        "上次来是哪一天?",
        "When were you last here?",
        **rule(". <= today() and . >= date('2000-01-01')", "不能晚于今天", "Not after today"),
    ),
    row(
        "calculate",
        "habit",
        calculation="if(${books_month} >= 10 or ${hours_week} >= 20, 'heavy', "
        "if(${borrows} = 'y', 'some', 'light'))",
    ),
    row("select_one home", "home_area", "您住在哪里?", "Where do you live?", required="yes"),
    row("end_group"),
    row("text", "remark", "还想说什么?", "Anything else?"),
    row("end", "finished"),
)
CHOICES = (
    ("agree", "yes", "愿意", "Yes"),
    ("agree", "no", "不愿意", "No"),
    ("often", "weekly", "每周", "Every week"),
    ("often", "monthly", "每月", "Every month"),
    ("often", "rarely", "很少", "Rarely"),
    ("yesno", "y", "是", "Yes"),
    ("yesno", "n", "否", "No"),
    ("genre", "novel", "小说", "Novels"),
    ("genre", "history", "历史", "History"),
    ("genre", "science", "科学", "Science"),
    ("genre", "none", "都不读", "None"),
    ("home", "419099001", "府前街道", "Fuqian"),
    ("home", "419099005", "石桥街道", "Shiqiao"),
)
SETTINGS = {
    "form_title": "读者问卷",
    "form_id": "reading",
    "version": "3",
    "default_language": "chinese",
}


def build(path: Path) -> None:
    sheets.build(path, SURVEY, CHOICES, SETTINGS)


if __name__ == "__main__":
    build(Path(__file__).with_name("reading.xlsx"))
