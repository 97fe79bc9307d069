"""Drafts and publications: once, whole, knowingly, recorded; and who may do it."""

import threading

import pytest
import sqlalchemy as sa

from survey.designer import service
from survey.instrument.items import Kind
from survey.models import Questionnaire, Role, Study
from survey.versions import newest_form
from tests.factories import HEAN, ROOT
from tests.phones import Phone
from tests.survey.designer.forms import Edited
from tests.survey.designer.workbooks import HEAN_BYTES

GROWN = Edited().add("q15_open", "q16_new", Kind.TEXT)
BROKEN = Edited().drop("q5_overall").drop_choice("q1_know", "2").drop("qr_code_id")


def test_publishing_puts_the_draft_in_force(desk, analyst):
    digest = desk.draft(GROWN)
    before = desk.revision
    reply = desk.post(analyst, "publish", sha256=digest)
    assert (reply.status_code, reply.location) == (303, desk.path("#version-2"))
    assert [version[:2] for version in desk.versions()] == [(1, True), (2, True)]
    assert desk.revision != before
    assert desk.acts()[-1] == ("analyst", "form.publish", "live questionnaire 2", "")
    with desk.session() as session:
        published = newest_form(session, desk.study_id)
        assert published.form == GROWN.form
        row = session.get(Questionnaire, published.id)
        assert (row.number, row.sha256, row.published_at is not None) == (2, digest, True)


def test_the_residents_page_then_asks_the_new_version(desk, analyst):
    code = desk.place()
    digest = desk.draft(GROWN)
    phone = desk.phone(code).go_to("g_main", HEAN.answers)
    assert "q16_new" not in phone.paper.controls  # a draft is asked of nobody
    desk.post(analyst, "publish", sha256=digest)
    phone = desk.phone(code).go_to("g_main", HEAN.answers)
    assert "q16_new" in phone.paper.controls
    answers = HEAN.answers | {"q16_new": "一句话"}
    assert phone.finish(answers).status_code == 303
    assert desk.ask("SELECT value FROM answers WHERE name = 'q16_new'") == "一句话"
    assert desk.ask("SELECT number FROM questionnaires q JOIN responses r"
                    " ON r.questionnaire_id = q.id") == 2  # fmt: skip


def test_an_interview_under_way_ends_on_the_version_that_it_began_on(desk, analyst):
    phone = desk.phone(desk.place()).go_to("g_main", HEAN.answers)
    other = Edited().drop("d3_job").add("q15_open", "q16_new", Kind.TEXT, required="true()")
    desk.post(analyst, "publish", sha256=desk.draft(other))
    assert phone.finish(HEAN.answers).status_code == 303
    assert desk.answers()["d3_job"] == HEAN.answers["d3_job"]
    version = "SELECT number FROM questionnaires q JOIN responses r ON r.questionnaire_id = q.id"
    assert desk.ask(version) == 1


def test_publishing_again_is_the_same_publication(desk, analyst):
    digest = desk.draft(GROWN)
    first = desk.post(analyst, "publish", sha256=digest)
    revision = desk.revision
    again = desk.post(analyst, "publish", sha256=digest)
    assert (again.status_code, again.location) == (first.status_code, first.location)
    assert len(desk.versions()) == 2
    assert desk.revision == revision
    assert [act for _, act, _, _ in desk.acts()].count("form.publish") == 1


@pytest.mark.parametrize("round_", range(3))
def test_two_publishers_at_once_make_one_version(desk, round_):
    digest = desk.draft(GROWN)
    clients = [desk.client("analyst"), desk.client("other", Role.ADMINISTRATOR)]
    tokens = [Phone(one, "/account/password").open().hidden["csrf_token"] for one in clients]
    together, replies = threading.Barrier(2), [None, None]

    def publish(place):
        together.wait(30)
        data = {"sha256": digest, "csrf_token": tokens[place]}
        replies[place] = clients[place].post(desk.path("publish"), data=data)

    threads = [threading.Thread(target=publish, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply.status_code for reply in replies] == [303, 303]
    assert [version[:2] for version in desk.versions()] == [(1, True), (2, True)]
    assert desk.revision != desk.first_revision
    assert [act for _, act, _, _ in desk.acts()].count("form.publish") == 1


def test_what_breaks_something_is_refused_with_everything_that_it_breaks(desk, analyst):
    digest = desk.draft(BROKEN)
    reply = desk.post(analyst, "publish", sha256=digest)
    assert reply.status_code == 422
    for words in (
        "没有发布",
        "指标 AW 知晓率",
        "不再有选项 2",
        "指标 SA 满意率",
        "指标 SC 满意度得分",
        "题目没有了",
        "点位 [form] entry_point",
    ):
        assert words in reply.text, words
    assert [version[:2] for version in desk.versions()] == [(1, True), (2, False)]
    assert desk.revision == desk.first_revision
    assert "form.publish" not in {act for _, act, _, _ in desk.acts()}
    with desk.session() as session:
        assert newest_form(session, desk.study_id).form == HEAN.known.form


def test_it_is_judged_by_the_indicators_of_the_moment_of_publication(desk, analyst):
    digest = desk.draft(Edited().drop("d2_edu"))
    page = desk.page(analyst, "2/")
    assert "可以发布" in page.text
    desk.change(
        "UPDATE indicators SET question = 'd2_edu', numerator = '1', denominator = '1|2'"
        " WHERE code = 'VI'"
    )
    reply = desk.post(analyst, "publish", sha256=digest)
    assert reply.status_code == 422
    assert "指标 VI" in reply.text


def test_a_draft_that_was_replaced_meanwhile_is_not_published(desk, analyst):
    seen = desk.draft(GROWN)
    desk.draft(Edited().add("q15_open", "q17", Kind.TEXT), by="colleague")
    reply = desk.post(analyst, "publish", sha256=seen)
    assert reply.status_code == 409
    assert "colleague 于" in reply.text
    assert [version[:2] for version in desk.versions()] == [(1, True), (2, False)]
    assert desk.revision == desk.first_revision


@pytest.mark.parametrize("sha256", ["", "0" * 64, None])
def test_publishing_nothing_changes_nothing(desk, analyst, sha256):
    data = {} if sha256 is None else {"sha256": sha256}
    assert desk.post(analyst, "publish", **data).status_code == 409
    assert len(desk.versions()) == 1


def test_a_discarded_draft_is_gone_and_its_number_free(desk, analyst):
    digest = desk.draft(GROWN)
    assert desk.post(analyst, "discard", sha256=digest).status_code == 303
    assert len(desk.versions()) == 1
    assert desk.acts()[-1] == ("analyst", "form.edit", "live questionnaire 2", "discard")
    assert desk.post(analyst, "discard", sha256=digest).status_code == 409
    desk.draft(GROWN)
    assert desk.versions()[-1][0] == 2


def test_a_draft_of_somebody_else_is_not_discarded_unseen(desk, analyst):
    seen = desk.draft(GROWN)
    desk.draft(Edited().drop("d3_job"), by="colleague")
    assert desk.post(analyst, "discard", sha256=seen).status_code == 409
    assert len(desk.versions()) == 2


def test_a_published_version_is_never_discarded(desk, analyst):
    digest = desk.draft(GROWN)
    desk.post(analyst, "publish", sha256=digest)
    assert desk.post(analyst, "discard", sha256=digest).status_code == 409
    assert len(desk.versions()) == 2


def test_the_third_version_is_compared_with_all_before(desk, analyst):
    desk.post(analyst, "publish", sha256=desk.draft(Edited().drop("d3_job")))
    digest = desk.draft(Edited().question("d3_job", kind=Kind.TEXT, choices=()))
    reply = desk.post(analyst, "publish", sha256=digest)
    assert reply.status_code == 422
    assert "d3_job" in reply.text
    assert "请改用新的名称" in reply.text


ACTS = (("GET", ""), ("GET", "1/"), ("GET", "1/original"), ("POST", "publish"),
        ("POST", "discard"), ("POST", "draft"))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "role", "area", "expected"),
    [
        ("analyst", Role.ANALYST, ROOT, {200, 409, 422}),
        ("admin", Role.ADMINISTRATOR, ROOT, {200, 409, 422}),
        ("analyst-town", Role.ANALYST, "419099001000", {404}),
        ("admin-town", Role.ADMINISTRATOR, "419099001000", {404}),
        ("supervisor", Role.SUPERVISOR, ROOT, {403}),
        ("official", Role.OFFICIAL, ROOT, {403}),
        ("volunteer", Role.VOLUNTEER, ROOT, {403}),
    ],
)
def test_only_analysts_and_administrators_of_the_whole_study(desk, name, role, area, expected):
    client = desk.client(name, role, area)
    desk.draft(GROWN, by="colleague")
    before = desk.versions(), desk.acts()
    for method, rest in ACTS:
        reply = client.get(desk.path(rest)) if method == "GET" else desk.post(client, rest)
        assert reply.status_code in expected, (method, rest)
        assert "questionnaire" not in reply.headers.get("Content-Disposition", "")
    assert (desk.versions(), desk.acts()) == before


def test_another_study_of_the_same_name_is_out_of_reach(desk, of_town):
    page = of_town.get("/forms/").text
    assert "居民调查" not in page
    assert "没有可以管理的问卷" in page
    for path in ("/forms/none/", "/forms/none/1/", "/forms/live/7/", "/forms/live/7/original"):
        assert desk.client("analyst").get(path).status_code == 404, path


def test_nobody_without_a_login_sees_a_questionnaire(desk):
    visitor = desk.app.test_client()
    for rest in ("", "1/", "1/original"):
        reply = visitor.get(desk.path(rest))
        assert (reply.status_code, reply.location.split("?")[0]) == (303, "/login")
    assert visitor.post(desk.path("publish")).status_code == 401


def test_the_list_says_who_published_when_and_how_much_was_answered(desk, analyst):
    desk.phone(desk.place()).fill_in(HEAN.answers)
    digest = desk.draft(GROWN, by="colleague")
    desk.post(analyst, "publish", sha256=digest)
    rows = desk.page(analyst).by_class("versions")[0].find_all("tr")[1:]
    texts = [row.text for row in rows]
    assert texts[0].startswith("第 2 版 现行 20260101 ")
    assert " analyst 23 0 " in texts[0]
    assert digest[:12] in texts[0]
    assert texts[1].startswith("第 1 版 20260101 ")
    assert " 没有记录 22 1 " in texts[1]
    assert desk.day().isoformat() in texts[0]


def test_the_original_comes_back_byte_for_byte(desk, analyst):
    reply = analyst.get(desk.path("1/original"))
    assert reply.data == HEAN_BYTES
    assert reply.headers["Content-Disposition"] == "attachment; filename=live-1.xlsx"
    assert reply.mimetype.endswith("spreadsheetml.sheet")


def test_an_old_workbook_keeps_its_ending(desk, analyst):
    with desk.session() as session:
        study = session.get(Study, desk.study_id)
        content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        service.save_draft(session, study, service.Upload(content, GROWN.form), replaces="")
    reply = analyst.get(desk.path("2/original"))
    assert reply.data == content
    assert reply.headers["Content-Disposition"] == "attachment; filename=live-2.xls"
    assert reply.mimetype == "application/vnd.ms-excel"


def test_a_study_with_a_name_of_its_own_script_can_be_downloaded(desk, analyst):
    desk.change("UPDATE studies SET title_zh = :title", title="<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in analyst.get("/forms/").text
    page = desk.page(analyst)
    assert not [one for one in page.find_all("script") if "alert" in str(one.parts)]


def test_the_version_in_force_is_no_draft_again(desk):
    with desk.session() as session:
        study = session.get(Study, desk.study_id)
        same = service.Upload(HEAN_BYTES, HEAN.known.form)
        with pytest.raises(service.NothingNew):
            service.save_draft(session, study, same, replaces="")
        # the same bytes read anew by a later reader may mean more: that is a change
        other = service.Upload(HEAN_BYTES, GROWN.form)
        assert service.save_draft(session, study, other, replaces="") == 2


def test_no_statement_is_added_for_each_question(desk, analyst):
    """The pages of a large form ask the database as often as those of a small one."""
    desk.draft(Edited())
    counts = []
    for edited in (GROWN, _many(200)):
        desk.draft(edited)
        counts.append(_statements(desk, analyst))
    assert counts[0] == counts[1]


def _many(number):
    edited = Edited()
    for place in range(number):
        edited = edited.add("q15_open", f"extra{place}", Kind.TEXT)
    return edited


def _statements(desk, client):
    seen = []
    engine = desk.app.extensions["engine"]

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get(desk.path("2/")).status_code == 200
        assert client.get(desk.path()).status_code == 200
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len(seen)
