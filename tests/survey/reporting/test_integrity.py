"""Held, coached and withdrawn answers: what the board says of them and what it leaves out."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from analysis.indicators import Indicator, IndicatorKind
from analysis.study.form_rates import OVERCLAIM
from analysis.study.run import estimate_study
from survey import db
from survey.folders import read_study_folder
from survey.instrument.items import Choice, Group, Kind, Question
from survey.instrument.questions import Form
from survey.models import (
    Answer,
    Layer,
    Reason,
    Response,
    ResponseStatus,
    Review,
    Role,
    Source,
    User,
    Verdict,
)
from survey.reporting.integrity import indicators_in_order
from survey.reporting.service import compute
from survey.studies.loading import StudyInUse, load_folder
from tests import markup
from tests.analysis.small_study import (
    DOOR,
    ROOT,
    SCAN,
    read_table,
    replace,
    rows_of,
    write_small_study,
    write_table,
)
from tests.survey.accounts import world
from tests.survey.reporting.conftest import load

PAGE = "/results/small-1/W1/W1-scan"
RUNS = "/results/small-1/runs/"
RULES = """[form]
coached = { question = "sex", yes = ["f"] }
overclaim = { question = "like", item = "say", claims = ["1", "2"], bank = ["九星行动", "六和杯"] }

"""
HELD = [f"S{place:03d}" for place in range(1, 400, 9)]  # 45 of 400
OF_TABLE = "不含与含待审答卷"


@pytest.fixture
def folder(tmp_path):
    """The small study with enough scans for figures that are shown."""
    made = write_small_study(tmp_path / "study")
    write_table(made / SCAN, rows_of("S", 400))
    return made


class Board:
    """A study in a database, behind the app and behind its pages."""

    def __init__(self, url):
        self.url, self.app, self._clients = url, None, {}

    def load(self, folder):
        with db.open_session(self.url) as session:
            load(session, folder)
            for role in (Role.OFFICIAL, Role.ANALYST):
                world.make_user(session, role, role.value, ROOT)
        self.app = world.app_on(self.url)

    def client(self, name="official"):
        if name not in self._clients:
            self._clients[name] = world.log_in(self.app, name)
        return self._clients[name]

    def page(self, path=PAGE):
        reply = self.client().get(path)
        assert reply.status_code == 200, reply.text
        return markup.read(reply.text)

    def figures(self):
        with db.open_session(self.url) as session:
            return compute(session, "small-1")

    def hold(self, *ids, reasons=("too_fast",)):
        with db.open_session(self.url) as session:
            for row in self._rows(session, ids):
                row.status = ResponseStatus.QUARANTINED
                session.add_all(
                    Reason(
                        response_id=row.id, code=code, layer=Layer.BATCH, detail={},
                        found_at=datetime.now(UTC),
                    )
                    for code in reasons
                )  # fmt: skip

    def withdraw(self, *ids):
        """As a resident's code does it: the answers go, the row stays."""
        with db.open_session(self.url) as session:
            for row in self._rows(session, ids):
                row.status = ResponseStatus.WITHDRAWN
                row.withdrawn_at = datetime.now(UTC)
                session.execute(sa.delete(Answer).where(Answer.response_id == row.id))

    def publish(self):
        assert world.post(self.client("analyst"), RUNS).status_code == 303

    def _rows(self, session, ids):
        return session.scalars(sa.select(Response).where(Response.response_id.in_(ids))).all()

    def close(self):
        if self.app:
            self.app.extensions["engine"].dispose()


@pytest.fixture
def board(migrated_url):
    board = Board(migrated_url)
    yield board
    board.close()


def headline(study, sample, indicator):
    """A figure of the whole, computed from a folder."""
    results = estimate_study(study)
    (row,) = [
        row
        for row in results.estimates
        if (row.sample, row.weighting) == (sample, "rake") and row.key == (indicator, "root", ROOT)
    ]
    return row


def without_rows(folder, ids):
    rows = read_table(folder / SCAN)
    write_table(folder / SCAN, [row for row in rows if row[0] not in ids])
    return folder


def summary(root):
    return markup.table(root, "全部区域的指标")


# ------------------------------------------------------------------------ held


def test_figures_are_without_what_is_held_and_beside_them_with_it(board, folder):
    board.load(folder)
    together = headline(read_study_folder(folder).folder.study, "W1-scan", "KN")
    alone = headline(read_study_folder(without_rows(folder, HELD)).folder.study, "W1-scan", "KN")
    board.hold(*HELD)
    figures = board.figures()
    plan = figures.study.plan
    (scan,) = [sample for sample in plan.samples if sample.id == "W1-scan"]
    assert figures.row(scan, "KN", "root", ROOT) == alone
    found = figures.with_held["W1-scan"]
    assert found.respondents == 400
    for name in ("n", "hits", "df", "display"):
        assert getattr(found.rows["KN"], name) == getattr(together, name), name
    for name in ("estimate", "se", "low", "high"):  # sums over fewer domains, in another order
        wanted = pytest.approx(getattr(together, name), rel=1e-12)
        assert getattr(found.rows["KN"], name) == wanted, name
    assert alone.estimate != together.estimate
    assert set(figures.with_held) == {"W1-scan"}


def test_the_page_shows_both_rates_the_difference_and_how_many_by_reason(board, folder):
    board.load(folder)
    board.hold(*HELD[:40])
    board.hold(*HELD[40:], reasons=("too_fast", "honeypot"))
    root = board.page()
    text = root.by_id("held").text
    assert "另有 45 份答卷有疑点,正在审核,不计入以上数字:作答过快 45、填了隐藏栏 5" in text
    figures = board.figures()
    row, with_it = (
        next(one for one in figures.headline(scan_of(figures)).rows if one.key[0] == "KN"),
        figures.with_held["W1-scan"].rows["KN"],
    )
    line = markup.table(root, OF_TABLE)["知晓率"]
    assert line["不含待审(本页数字)"] == shown(row)
    assert line["含待审"] == shown(with_it)
    assert line["相差"] == f"{100 * (with_it.estimate - row.estimate):+.1f}"
    assert summary(root)["知晓率"]["估计值"] == f"{100 * row.estimate:.1f}%"
    for word in ("有把握", "样本不足以判断", "置信区间"):
        assert word not in root.by_id("held").text


def scan_of(figures):
    return next(one for one in figures.study.plan.samples if one.id == "W1-scan")


def shown(row):
    return f"{100 * row.estimate:.1f}% {100 * row.low:.1f}–{100 * row.high:.1f}"


def test_a_page_without_held_answers_says_nothing_of_them(board, folder):
    board.load(folder)
    assert board.page().by_id("held") is None


def test_a_figure_that_is_withheld_is_not_given_away_with_the_held_ones(board, folder):
    write_table(folder / SCAN, rows_of("S", 60))
    board.load(folder)
    board.hold(*(f"S{place:03d}" for place in range(1, 36)))
    line = markup.table(board.page(), OF_TABLE)["知晓率"]
    assert list(line.values())[-3:] == ["—", "—", "—"]


def test_what_cannot_be_estimated_together_is_said_in_words(board, folder):
    board.load(folder)
    board.hold("S001")
    with db.open_session(board.url) as session:
        one = session.scalars(sa.select(Response).where(Response.response_id == "S001")).one()
        session.get_one(Answer, (one.id, "sex")).value = "other"
    text = board.page().by_id("held").text
    assert "连同待审的答卷还不能估计" in text
    assert "知晓率" in summary(board.page())


def test_rows_that_a_folder_quarantined_are_in_neither_rate(board, folder):
    rows = read_table(folder / SCAN)
    marked = [[*row, "quarantined" if row[0] in HELD else ""] for row in rows[1:]]
    write_table(folder / SCAN, [[*rows[0], "status"], *marked])
    board.load(folder)
    assert board.figures().with_held == {}
    root = board.page()
    assert root.by_id("held") is None
    assert "隔离 45" in root.text


def test_a_decision_that_keeps_all_counts_is_noticed(board, folder):
    """Two kept and two rejected change places: the counts, sums and newest ids stay."""
    board.load(folder)
    with db.open_session(board.url) as session:
        ids = session.scalars(sa.select(Response.id).where(Response.response_id < "S005")).all()
    first, second, third, fourth = sorted(ids)[-4:]
    decide(board, {first: "rejected", fourth: "rejected", second: "accepted", third: "accepted"})
    before = figures_kept(board)
    assert figures_kept(board) is before
    decide(board, {first: "accepted", fourth: "accepted", second: "rejected", third: "rejected"})
    assert figures_kept(board) is not before


def test_a_study_with_a_decision_is_not_replaced(board, folder):
    board.load(folder)
    with db.open_session(board.url) as session:
        number = session.scalars(sa.select(Response.id).limit(1)).one()
    decide(board, {number: "rejected"})
    replace(folder, "study.toml", "小城办", "大城办")
    read, text = read_study_folder(folder), (folder / "study.toml").read_text(encoding="utf-8")
    with pytest.raises(StudyInUse), db.open_session(board.url) as session:
        load_folder(session, read, text, replace=True)


def decide(board, verdicts):
    with db.open_session(board.url) as session:
        user = session.scalars(sa.select(User.id).limit(1)).one()
        for number, verdict in verdicts.items():
            session.get_one(Response, number).status = ResponseStatus(verdict)
            session.add(
                Review(
                    response_id=number, verdict=Verdict(verdict), reason="看过了", user_id=user,
                    decided_at=datetime.now(UTC),
                )
            )  # fmt: skip


def figures_kept(board):
    with board.app.app_context():
        return board.app.extensions["figures"].figures(db.session(), "small-1")


# ------------------------------------------------------------------------ coaching


def with_rules(folder, rules=RULES):
    replace(folder, "study.toml", "[[wave]]", rules + "[[wave]]")
    return folder


def test_false_awareness_is_estimated_like_any_rate_of_the_sample(board, folder):
    defined = without_rules_and_with_indicators(folder)
    wanted = {
        (sample, code): headline(defined, f"W1-{sample}", code)
        for sample in ("door", "scan")
        for code in ("OC", "CO")
    }
    board.load(with_rules(folder))
    figures = board.figures()
    for sample in figures.study.plan.samples:
        for ours, code in ((".overclaim", "OC"), (".coached", "CO")):
            row = figures.row(sample, ours, "root", ROOT)
            other = wanted[sample.name, code]
            for name in ("n", "estimate", "se", "low", "high", "df", "display"):
                assert getattr(row, name) == getattr(other, name), (sample.id, ours, name)
            assert row.decision is None


def without_rules_and_with_indicators(folder):
    """The same study whose file defines both rates; the file is as before afterwards."""
    file = folder / "indicators.csv"
    before = file.read_text(encoding="utf-8")
    write_table(
        file,
        [
            *read_table(file),
            ["OC", "虚报", "false", "rate", "like", "1|2", "1|2|3|4", "", "", "", ""],
            ["CO", "诱导", "coached", "rate", "sex", "f", "f|m", "", "", "", ""],
        ],
    )
    study = read_study_folder(folder).folder.study
    file.write_text(before, encoding="utf-8")
    return study


def test_false_awareness_stands_beside_awareness(board, folder):
    board.load(with_rules(folder))
    lines = list(summary(board.page()))
    assert lines[:2] == ["知晓率", "虚报知晓(不存在的活动)"]
    assert lines[-1] == "诱导作答率"
    line = summary(board.page())["虚报知晓(不存在的活动)"]
    assert "–" in line["95% 模型区间"]
    assert line["目标"] == "—"


def test_it_stands_there_whatever_awareness_is_called(board, folder):
    replace(folder, "indicators.csv", "知晓率", "创建了解率")
    board.load(with_rules(folder))
    assert list(summary(board.page()))[:2] == ["创建了解率", "虚报知晓(不存在的活动)"]


HEARD, AGREED = ("know", "heard", "never"), ("yes", "no")


def asked(name, codes=()):
    label = {"zh": name, "en": name}
    if not codes:
        return Question(name, Kind.CALCULATE, label, calculation="1")
    choices = tuple(Choice(code, {"zh": code, "en": code}) for code in codes)
    return Question(name, Kind.SELECT_ONE, label, choices=choices)


def page(name, *questions):
    return Group(name, {"zh": name, "en": name}, children=questions)


def indicator(code, question, kind=IndicatorKind.RATE):
    nothing = frozenset()
    return Indicator(
        code, code, code, kind, (question,), nothing, nothing, nothing, {}, (), None, "", False
    )


ONE_PAGE = page(
    "all", asked("join", AGREED), asked("campaign", HEARD), asked("any"), asked("false", HEARD)
)
PAGES = page("first", asked("join", AGREED)), page("then", asked("any"), asked("false", HEARD))


@pytest.mark.parametrize(
    ("pages", "own", "after"),
    [
        # the same choices decide before the page, and the rates of one question stay together
        ([ONE_PAGE], ["join", "campaign", "campaign", "any"], "campaign 3"),
        ([*PAGES, page("last", asked("campaign", HEARD))], ["any", "campaign"], "campaign 2"),
        # of several such questions one on its page, and of these the first
        ([page("x", asked("other", HEARD)), ONE_PAGE], ["other", "join", "campaign"], "campaign 3"),
        ([page("x", asked("a", HEARD)), ONE_PAGE], ["join", "campaign", "a"], "campaign 2"),
        # without them what is on its page, a calculation, too
        ([*PAGES], ["join", "any", "join"], "any 2"),
        # and with nothing to compare it stands last
        ([page("x", asked("a"), asked("b")), page("y", asked("false", HEARD))], ["a", "b"], "b 2"),
        ([ONE_PAGE], [], None),
    ],
)
def test_false_awareness_stands_below_the_rates_that_are_asked_like_it(pages, own, after):
    rates = [indicator(f"{name} {place}", name) for place, name in enumerate(own, 1)]
    indicators = [*rates, indicator(OVERCLAIM, "false")]
    assert before_false_awareness(pages, indicators) == after


def test_it_stands_beside_rates_only():
    score = indicator("score", "campaign", IndicatorKind.SCORE)
    found = [score, indicator("join", "join"), indicator(OVERCLAIM, "false"), score]
    assert before_false_awareness([ONE_PAGE], found) == "join"


def before_false_awareness(pages, indicators):
    """The code of the line above; None where it is the first."""
    figures = SimpleNamespace(
        form=Form("f", "1", "F", tuple(pages)),
        study=SimpleNamespace(indicators=indicators, tree=SimpleNamespace(root=ROOT)),
        row=lambda *_: SimpleNamespace(n=1),
    )
    codes = [None, *(one.code for one in indicators_in_order(figures, None))]
    return codes[codes.index(OVERCLAIM) - 1]


def test_a_rate_that_the_file_defines_is_not_shown_twice(board, folder):
    with_rules(folder)
    file = folder / "indicators.csv"
    own = ["CO", "诱导率", "coached", "rate", "sex", "f", "f|m", "", "", "", ""]
    write_table(file, [*read_table(file), own])
    board.load(folder)
    lines = list(summary(board.page()))
    assert "诱导率" in lines
    assert "诱导作答率" not in lines
    assert "诱导率 " in board.page().by_id("coached").text


def test_a_surely_coached_sample_raises_an_alert(board, folder):
    board.load(with_rules(folder))
    figures = board.figures()
    row = figures.row(scan_of(figures), ".coached", "root", ROOT)
    text = board.page().by_id("coached").text
    assert f"诱导作答率 {100 * row.estimate:.1f}%" in text
    assert f"区间 {100 * row.low:.1f}–{100 * row.high:.1f},整个区间高于 5%" in text


@pytest.mark.parametrize(("coached", "alert"), [(16, False), (26, False), (40, True)])
def test_an_alert_takes_the_lower_limit_and_not_the_rate(board, folder, coached, alert):
    rows = read_table(folder / SCAN)
    with_rules(folder, '[form]\ncoached = { question = "acts", yes = ["y"] }\n\n')
    replace(folder, "indicators.csv", "AC,参与率,,rate,acts,x|y,x|y|z", "AC,别的,,rate,know,a,a|b")
    for place, row in enumerate(rows[1:]):
        row[6] = "y" if place % 400 < coached else "z"
    write_table(folder / SCAN, rows)
    board.load(folder)
    figures = board.figures()
    row = figures.row(scan_of(figures), ".coached", "root", ROOT)
    assert (row.low > 0.05) is alert
    assert (board.page().by_id("coached") is not None) is alert
    assert (row.estimate > 0.05) is (coached > 20)


def test_a_wave_that_was_not_asked_has_no_line(board, folder):
    with_rules(folder)
    for name in (DOOR, SCAN):
        rows = read_table(folder / name)
        for row in rows[1:]:
            row[7] = ""
        write_table(folder / name, rows)
    replace(
        folder, "indicators.csv", "LI,得分,score,score,like,,1|2|3|4,1:100|2:60|3:30|4:0,,60,\n", ""
    )
    board.load(folder)
    lines = summary(board.page())
    assert "虚报知晓(不存在的活动)" not in lines
    assert "诱导作答率" in lines


def test_no_published_table_has_the_rates_of_pages(board, folder):
    board.load(with_rules(folder))
    board.publish()
    text = board.client("analyst").get(f"{RUNS}1/estimates.csv").data.decode("utf-8-sig")
    assert {row["indicator"] for row in csv.DictReader(io.StringIO(text))} == {"KN", "AC", "LI"}


def test_the_definition_of_false_awareness_can_be_read(board, folder):
    board.load(with_rules(folder))
    links = [one.get("href") for one in board.page().find_all("a")]
    (address,) = {one for one in links if one and one.endswith("/indicators/.overclaim")}
    page = board.page(address)
    assert "虚报知晓(不存在的活动)" in page.text


# ------------------------------------------------------------------------ withdrawals


def test_a_withdrawal_acts_on_every_figure_afterwards(board, folder):
    board.load(folder)
    assert summary(board.page())["知晓率"]["有效答卷"] == "320"
    known = [row[0] for row in read_table(folder / SCAN)[1:] if row[5]][:3]
    board.withdraw(*known)
    assert summary(board.page())["知晓率"]["有效答卷"] == "317"
    board.publish()
    text = board.client("analyst").get(f"{RUNS}1/estimates.csv").data.decode("utf-8-sig")
    (row,) = [
        row
        for row in csv.DictReader(io.StringIO(text))
        if (row["sample"], row["weighting"], row["indicator"], row["domain"])
        == ("W1-scan", "rake", "KN", "root")
    ]
    assert row["n"] == "317"
    study = read_study_folder(without_rows(folder, known)).folder.study
    assert float(row["estimate"]) == headline(study, "W1-scan", "KN").estimate


def test_a_published_run_stays_and_says_how_many_were_withdrawn_since(board, folder):
    board.load(folder)
    board.withdraw("S001")  # before it: no word of it
    board.publish()
    before = rows_of_copy(board)
    assert "被撤回" not in markup.read(board.client().get(RUNS).text).text
    board.withdraw("S002", "S003")
    board.hold("S004")
    text = markup.read(board.client().get(RUNS).text).text
    assert "自发布以来,有 2 份当时已收到的答卷被撤回" in text
    after = rows_of_copy(board)
    assert {row.pop("withdrawn_since") for row in before} == {"0"}
    assert {row.pop("withdrawn_since") for row in after} == {"2"}
    assert after == before
    board.publish()
    text = markup.read(board.client().get(RUNS).text).text
    assert text.count("被撤回") == 1  # of the first run, not of the second


def rows_of_copy(board):
    reply = board.client().get(f"{RUNS}1/estimates.csv")
    return list(csv.DictReader(io.StringIO(reply.data.decode("utf-8-sig"))))


def test_an_answer_that_came_after_the_publication_is_not_among_those_withdrawn(board, folder):
    board.load(folder)
    board.publish()
    with db.open_session(board.url) as session:
        late = datetime.now(UTC) + timedelta(minutes=1)
        for row in session.scalars(sa.select(Response).where(Response.response_id == "S009")):
            row.received_at, row.source = late, Source.PHONE
    board.withdraw("S009")
    assert "被撤回" not in markup.read(board.client().get(RUNS).text).text


def test_the_archive_says_so_beside_the_files_of_the_hash(board, folder):
    board.load(folder)
    board.publish()
    names = archive(board).namelist()
    board.withdraw("S001", "S002")
    later = archive(board)
    assert later.namelist() == [*names, "later/withdrawn.json"]
    assert json.loads(later.read("later/withdrawn.json")) == {"withdrawn_since": 2}


def archive(board):
    return zipfile.ZipFile(io.BytesIO(board.client("analyst").get(f"{RUNS}1.zip").data))
