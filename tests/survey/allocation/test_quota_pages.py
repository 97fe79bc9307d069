"""The pages of quotas: many at once, one changed, who sees and who sets them."""

import pytest

from survey.models import Role
from tests import markup
from tests.factories import DOOR, GRID, OTHER_TOWN, OTHER_VILLAGE, PLACE, TOWN, VILLAGE
from tests.survey.allocation.setters import Setter, faults, stored
from tests.survey.quotas.answers import send


def table(reply):
    """The cells of the table on the page, by the names of their fields."""
    (cells,) = markup.read(reply.text).by_class("cells")
    return {one.get("name"): one.get("value") for one in cells.find_all("input")}


def rows(reply):
    (quotas,) = markup.read(reply.text).by_class("quotas")
    return [one.text for one in quotas.find_all("tr")[1:]]


def acts(town):
    return town.ask("SELECT count(*) FROM audit_events WHERE act = 'quota.set'")


def revision(town):
    return town.ask("SELECT revision FROM studies")


def test_without_quotas_the_page_says_that_any_number_is_taken(analyst):
    assert "答卷不限数量" in analyst.get().text
    english = analyst.get(lang="en").text
    assert "any number of answers is taken" in english
    assert "none: whoever was drawn is asked" in analyst.client.get("/quotas/").text


def test_the_same_number_in_each_cell_becomes_as_many_quotas(town, analyst):
    before = revision(town)
    for home, age in ((GRID, "1"), (VILLAGE, "4"), (VILLAGE, "5"), (OTHER_VILLAGE, "6")):
        send(town, {"s1_age": age}, home, taking=False)
    page = analyst.get("/new", level="乡级", variable="age2", way="same", number="25")
    cells = table(page)
    assert set(cells.values()) == {"25"}
    assert len(cells) == 4
    assert "已收 2" in page.text
    done = analyst.post("", level="乡级", variable="age2", **cells)
    assert done.status_code == 303
    assert stored(town) == [
        (TOWN, "age2", "15_59", 25, 2),
        (TOWN, "age2", "60plus", 25, 1),
        (OTHER_TOWN, "age2", "15_59", 25, 0),
        (OTHER_TOWN, "age2", "60plus", 25, 1),
    ]
    assert acts(town) == 1
    assert revision(town) != before
    after = analyst.client.get(done.location)
    assert "新建 4 条,修改 0 条" in after.text
    assert rows(after)[0].startswith(
        "府前街道 年龄 18–24 岁、25–34 岁、35–44 岁、45–59 岁 25 2 23 0"
    )


def test_an_empty_cell_is_no_quota_and_a_quota_that_is_there_gets_the_new_number(town, analyst):
    there = town.quota(TOWN, "d1_sex", "1", most=5, taken=3)
    fields = {f"most:{TOWN}:1": "7", f"most:{TOWN}:2": "", f"most:{OTHER_TOWN}:2": "0"}
    assert analyst.post("", level="乡级", variable="d1_sex", **fields).status_code == 303
    assert stored(town) == [(TOWN, "d1_sex", "1", 7, 3), (OTHER_TOWN, "d1_sex", "2", 0, 0)]
    assert town.ask("SELECT id FROM quotas WHERE most = 7") == there


def test_one_quota_of_everybody_in_the_whole_study(town, analyst):
    cells = table(analyst.get("/new", level="-", variable="", way="same", number="500"))
    assert cells == {"most::": "500"}
    assert analyst.post("", level="-", variable="", **cells).status_code == 303
    assert stored(town) == [("", "", "", 500, 0)]
    assert "整个调查 所有人 500 0 500" in rows(analyst.get())[0]


def test_every_fault_of_a_table_is_said_at_its_cell_and_nothing_is_written(town, analyst):
    before = revision(town)
    for age in "123":
        send(town, {"s1_age": age}, GRID, taking=False)
    fields = {
        f"most:{TOWN}:15_59": "2",
        f"most:{TOWN}:60plus": "20",
        f"most:{OTHER_TOWN}:60plus": "9",
    }
    reply = analyst.post("", level="乡级", variable="age2", **fields)
    assert reply.status_code == 422
    assert list(faults(reply)) == [f"#c-{TOWN}-15_59"]
    assert "已收 3 份,配额不能更小" in reply.text
    assert table(reply) == fields | {f"most:{OTHER_TOWN}:15_59": ""}
    wrong = fields | {f"most:{TOWN}:60plus": "-1", f"most:{OTHER_TOWN}:60plus": "1e3"}
    reply = analyst.post("", level="乡级", variable="age2", **wrong)
    assert set(faults(reply)) == {f"#c-{TOWN}-60plus", f"#c-{OTHER_TOWN}-60plus"}
    root = markup.read(reply.text)
    for target in faults(reply):
        field = root.by_id(target[1:])
        assert field.get("aria-invalid") == "true"
        assert root.by_id(field.get("aria-describedby")).text
    nothing = analyst.post("", level="乡级", variable="age2")
    assert nothing.status_code == 422
    assert "请至少填写一格" in nothing.text
    assert (stored(town), acts(town), revision(town)) == ([], 0, before)


@pytest.mark.parametrize(
    ("asked", "at"),
    [
        ({"level": "星球"}, "#level"),
        ({"variable": "q15_open"}, "#variable"),
        ({"variable": "q5_overall"}, "#variable"),
        ({"way": "guess"}, "#way"),
        ({"number": "many"}, "#number"),
        ({"number": "", "way": "margin"}, "#number"),
        ({"number": "1001", "way": "margin"}, "#number"),
        ({"number": "39", "way": "margin", "least": "10"}, "#number"),
        ({"least": "x"}, "#least"),
        ({"way": "margin", "level": "村级"}, "#way"),
        ({"way": "population:adults", "variable": "d2_edu"}, "#way"),
    ],
)
def test_what_cannot_be_listed_is_said_at_its_field(analyst, asked, at):
    good = {"level": "乡级", "variable": "age2", "way": "same", "number": "40"}
    reply = analyst.get("/new", **good | asked)
    assert reply.status_code == 200
    assert list(faults(reply)) == [at]
    assert markup.read(reply.text).by_id(at[1:]).get("aria-invalid") == "true"
    assert not markup.read(reply.text).by_class("cells")


def test_a_table_that_no_page_of_ours_has_is_refused(town, analyst):
    for more in ({"variable": "q5_overall"}, {"level": "星球"}):
        data = {"level": "乡级", "variable": "age2", f"most:{TOWN}:15_59": "3"} | more
        assert analyst.post("", **data).status_code == 400
    assert stored(town) == []


def test_what_an_indicator_measures_is_no_group(analyst):
    """Whoever limits the dissatisfied chooses the rate."""
    page = markup.read(analyst.get("/new").text)
    offered = {one.get("value") for one in page.by_id("variable").find_all("option")}
    assert {"age2", "part", "d1_sex", "q6_clean", ""} <= offered
    assert not offered & {"q5_overall", "q12_join", "q12_any", "s0_consent", "q15_open"}


def test_one_quota_is_changed_but_never_below_what_was_taken(town, analyst):
    quota = town.quota(TOWN, "age2", "60plus", most=9, taken=4)
    address = f"/quotas/quota/{quota}"
    page = analyst.client.get(address)
    assert "60–69 岁、70 岁及以上" in page.text
    for text, sentence in (("3", "已收 4 份"), ("", "请填写"), ("4.5", "请填写"), ("٤", "请填写")):
        reply = analyst.post(address, most=text)
        assert reply.status_code == 422
        assert sentence in faults(reply)["#most"]
        assert markup.read(reply.text).by_id("most").get("value") == text
    assert stored(town)[0][3] == 9
    assert analyst.post(address, most="4").status_code == 303
    assert stored(town) == [(TOWN, "age2", "60plus", 4, 4)]
    assert "已满" in analyst.get().text
    assert acts(town) == 1


def test_quotas_are_deleted_one_or_all_and_asked_about_first(town, analyst):
    revisions = [revision(town)]
    quotas = [town.quota(area) for area in ("", TOWN, OTHER_TOWN)]
    other = town.quota("", sample=DOOR)
    page = markup.read(analyst.client.get(f"/quotas/quota/{quotas[0]}").text)
    (form,) = [one for one in page.find_all("form") if one.get("action").endswith("/delete")]
    assert form.parent.tag == "details"
    assert analyst.post(form.get("action")).status_code == 303
    revisions.append(revision(town))
    assert town.count("quotas") == 3
    done = analyst.post("/delete")
    assert "已删除 2 条" in analyst.client.get(done.location).text
    assert town.ask("SELECT id FROM quotas") == other
    assert acts(town) == 2
    assert len({*revisions, revision(town)}) == 3
    assert analyst.client.get(f"/quotas/quota/{quotas[0]}").status_code == 404


def test_a_probability_sample_has_no_quotas(town, analyst):
    door = town.samples[DOOR]
    assert "概率样本不设配额" in analyst.get(sample=door).text
    assert analyst.get("/new", sample=door).status_code == 422
    reply = analyst.post("", sample=door, level="-", variable="", **{"most::": "5"})
    assert reply.status_code == 422
    assert "概率样本不设配额" in reply.text
    assert stored(town) == []


def test_a_supervisor_of_a_township_reads_its_quotas_and_sets_none(town, analyst):
    mine = town.quota(TOWN)
    town.quota(VILLAGE, "age2", "60plus")
    town.quota(OTHER_TOWN, most=77)
    town.quota("", most=88)
    supervisor = Setter(town, Role.SUPERVISOR, TOWN)
    page = supervisor.get()
    assert [row.split()[0] for row in rows(page)] == ["府前街道", "府前第1社区"]
    assert "/quotas/quota/" not in page.text
    assert "enctype" not in page.text
    listed = markup.read(supervisor.client.get("/quotas/").text).text
    assert f"{PLACE} 本期 · 自愿样本 2 0 0" in listed
    assert supervisor.get(".csv").text.count("\n") == 3
    assert supervisor.post(f"/quotas/quota/{mine}", most="1").status_code == 403
    assert len(rows(analyst.get())) == 4


def test_who_sees_a_part_only_sets_nothing(town):
    mine = town.quota(TOWN)
    analyst = Setter(town, Role.ANALYST, TOWN)
    assert "/new" not in analyst.get().text
    assert analyst.get("/new").status_code == 403
    assert analyst.post("", level="-", variable="", **{"most::": "5"}).status_code == 403
    assert analyst.post(f"/quotas/quota/{mine}", most="1").status_code == 403
    assert analyst.post(f"/quotas/quota/{mine}/delete").status_code == 403
    assert analyst.post("/delete").status_code == 403
    assert len(stored(town)) == 1


def test_officials_and_volunteers_have_no_page_of_quotas(town):
    for role in (Role.OFFICIAL, Role.VOLUNTEER):
        assert Setter(town, role).get().status_code == 403


def test_a_study_elsewhere_is_unknown(town):
    stranger = Setter(town, Role.SUPERVISOR, "999999999999")
    assert stranger.get().status_code == 404
    assert "还没有研究" in stranger.client.get("/quotas/").text


def test_no_field_of_the_table_is_without_its_name(analyst):
    page = markup.read(analyst.get("/new", level="乡级", variable="d1_sex").text)
    names = [one.get("aria-label") for one in page.by_class("cells")[0].find_all("input")]
    assert names[:2] == ["府前街道 男", "府前街道 女"]
