"""The two questionnaires of the tests, and answers that each accepts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from survey.instrument.judge import Judgement, judge
from survey.instrument.questions import Form
from survey.instrument.xlsform import read_xlsform

ROOT = Path(__file__).parents[3]
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 5, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class KnownForm:
    """A form, a full set of valid answers, and what a test must know of its rules."""

    path: Path
    answers: dict[str, str]
    consent: tuple[str, str]  # question, the answer that declines
    ineligible: dict[str, str]  # answers that end it early
    eligible: str  # the calculation that says so
    main_page: frozenset[str]  # questions that only the eligible are asked
    exclusive: tuple[str, str, str]  # select-multiple question, its exclusive code, another
    calculations: dict[str, str]  # of the valid answers

    @property
    def form(self) -> Form:
        return _read(self.path)

    def judged(self, answers: dict[str, str] | None = None, **options) -> Judgement:
        given = self.answers if answers is None else answers
        return judge(self.form, given, now=NOW, timezone=SHANGHAI, **options)

    def with_answers(self, **changed: str) -> Judgement:
        """The judgement of the valid answers with some of them changed."""
        return self.judged({**self.answers, **changed})


@cache
def _read(path: Path) -> Form:
    form, problems = read_xlsform(path)
    assert form is not None, [problem.line(chinese=False) for problem in problems]
    return form


HEAN = KnownForm(
    path=ROOT / "examples" / "hean-2026" / "questionnaire.xlsx",
    answers={
        "qr_code_id": "K7",
        "collect_mode": "qr",
        "s0_consent": "1",
        "s1_age": "4",
        "s2_live": "1",
        "s3_town": "419099001",
        "q1_know": "2",
        "q2_channel": "1 8",
        "q3_station": "3",
        "q4_support": "1",
        "q5_overall": "2",
        "q6_clean": "1",
        "q7_traffic": "5",
        "q8_public": "9",
        "q9_service": "3",
        "q10_minor": "4",
        "q11_safe": "1",
        "q12_join": "1 6",
        "q13_visit": "2",
        "q14_coach": "9",
        "q15_open": "路灯太暗",
        "d1_sex": "2",
        "d2_edu": "5",
        "d3_job": "6",
    },
    consent=("s0_consent", "0"),
    ineligible={"s0_consent": "1", "s1_age": "0"},
    eligible="eligible",
    main_page=frozenset({"q1_know", "q12_join", "d3_job"}),
    exclusive=("q12_join", "0", "3"),
    calculations={"eligible": "1", "q12_any": "1"},
)
READING = KnownForm(
    path=ROOT / "tests" / "forms" / "reading.xlsx",
    answers={
        "desk_code": "D2",
        "channel": "desk",
        "consent_ok": "yes",
        "birth_year": "1990",
        "visits": "weekly",
        "borrows": "y",
        "books_month": "12",
        "why_many": "退休了",
        "genres": "novel science",
        "hours_week": "7.5",
        "last_visit": "2026-06-05",
        "home_area": "419099005",
        "remark": "谢谢",
    },
    consent=("consent_ok", "no"),
    ineligible={"consent_ok": "yes", "birth_year": "2015"},
    eligible="takes_part",
    main_page=frozenset({"borrows", "genres", "home_area"}),
    exclusive=("genres", "none", "novel"),
    calculations={"takes_part": "Y", "habit": "heavy"},
)
KINDS = KnownForm(
    path=ROOT / "tests" / "forms" / "kinds.xlsx",
    answers={
        "post": "P001",
        "way": "qr",
        "agreed": "yes",
        "years": "40",
        "who": "小王",
        "score": "4",
        "share": "35",
        "hours": "7.5",
        "born": "1986-02-28",
        "wakes": "06:30",
        "hobbies": "read other",
        "hobbies_other": "下棋",
        "wishes": "bus own park",
        "city": "an",
        "part": "an2",
        "heard": "y",
        "read_it": "OK",
        "spot": "30.5 114.3 0 0",
        "child": "2",
        "child_name[1]": "大宝",
        "child_age[1]": "12",
        "child_name[2]": "小宝",
        "child_age[2]": "7",
        "school[2]": "30.6 114.4 0 0",
        "home": "419099001",
        "dated": "y",
    },
    consent=("agreed", "no"),
    ineligible={"agreed": "yes", "years": "12"},
    eligible="fits",
    main_page=frozenset({"who", "city", "wishes"}),
    exclusive=("hobbies", "read", "walk"),
    calculations={"fits": "1", "city_name": "和安", "ages": "19"},
)
FORMS = {"hean": HEAN, "reading": READING}
