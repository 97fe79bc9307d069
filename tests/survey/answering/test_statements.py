"""However long a form is and however many choices it has, a request takes as many statements."""

from dataclasses import dataclass, replace
from pathlib import Path

from survey.guarding import memory
from survey.instrument.items import Choice, Group, Kind, Question
from survey.instrument.questions import Form
from survey.models import Quota
from tests.factories import HEAN, PLACE, TOWN

KINDS = (Kind.SELECT_ONE, Kind.SELECT_MULTIPLE, Kind.INTEGER)
MOST = 20  # of any request; a stored answer, with its quotas and marks, takes most
LAST = "g_last"
SCRIPT = {"Accept": "application/json"}


@dataclass(frozen=True)
class Grown:
    """The example's form with as many more questions on its last page, and on one after it."""

    form: Form
    path: Path
    answers: dict


def grown(folder, questions, choices):
    first, second = (
        [
            question(f"{page}_{place}", KINDS[place % len(KINDS)], choices)
            for place in range(questions)
        ]
        for page in ("near", "far")
    )
    children = [
        replace(one, children=(*one.children, *first)) if one.name == "g_main" else one
        for one in HEAN.known.form.children
    ]
    last = Group(LAST, {"zh": "最后", "en": "Last"}, children=tuple(second))
    form = replace(HEAN.known.form, children=(*children, last))
    path = folder / f"{questions}-{choices}.json"  # forms are kept by the hash of their file
    path.write_text(repr(form.to_json()), encoding="utf-8")
    more = {
        one.name: "2 1" if one.kind is Kind.SELECT_MULTIPLE else "1" for one in (*first, *second)
    }
    return replace(HEAN, known=Grown(form, path, HEAN.known.answers | more))


def question(name, kind, choices):
    offered = tuple(
        Choice(str(code), {"zh": f"选项 {code}", "en": f"Choice {code}"})
        for code in range(1, choices + 1)
    )
    label = {"zh": f"第 {name} 题", "en": f"Question {name}"}
    return Question(
        name, kind, label, choices=() if kind is Kind.INTEGER else offered, required="true()"
    )


class Counted:
    """One town's requests, counted."""

    def __init__(self, town):
        self.town, self.answers, self.found = town, town.kit.answers, {}
        self.path = f"/q/{town.place()}"
        with town.session() as session:
            for group in ({}, {"area_code": TOWN}, {"variable": "q1_know", "value": "2"}):
                session.add(
                    Quota(study_id=town.study_id, sample_id=town.samples[PLACE], most=99, **group)
                )

    def count(self, what, act):
        memory._memories.clear()  # what a process remembers for seconds would depend on the clock
        replies = []
        self.found[what] = self.town.statements(lambda: replies.append(act()))
        return replies[0]

    def walk(self, when):
        """Without a script: page by page, with a draft taken up, a fault and a repetition."""
        phone = self.town.phone(self.path.removeprefix("/q/"))
        self.count(f"scan, {when}", phone.open)
        while phone.paper.page != LAST:
            self.count(f"{phone.paper.page}, {when}", lambda: phone.send(self.answers))
            assert phone.reply.status_code == 200
        draft = phone.filled(self.answers)
        saved = self.count(
            f"draft, {when}", lambda: phone.client.post(f"{self.path}/draft", data=draft)
        )
        assert saved.status_code == 204
        self.count(f"draft taken up, {when}", phone.open)
        assert phone.paper.page == LAST
        self.count(f"fault, {when}", lambda: phone.send(self.answers | {"far_2": "many"}))
        assert phone.reply.status_code == 422
        stored = self.count(f"stored, {when}", lambda: phone.finish(self.answers))
        assert stored.status_code == 303
        assert self.count(f"again, {when}", phone.again).location == stored.location
        thanks = self.count(f"thanks, {when}", lambda: phone.client.get(stored.location))
        assert "已收到" in thanks.text

    def by_script(self):
        """All pages at once, as the script sends them."""
        phone = self.town.phone(self.path.removeprefix("/q/"))
        data = phone.go_to(LAST, self.answers) and phone.filled(self.answers) | {".js": "1"}
        reply = self.count(
            "by script", lambda: phone.client.post(self.path, data=data, headers=SCRIPT)
        )
        assert "/thanks/" in reply.json["next"]


def counted(make_town, folder, questions, choices):
    """How many statements each request takes, the first time in a process and later."""
    kit = grown(folder, questions, choices)
    town = Counted(make_town(kit=kit, study_id=f"live-{questions}-{choices}"))
    town.walk("at first")
    town.walk("later")
    town.by_script()
    return town.found


def test_no_request_takes_more_statements_for_more_questions_or_choices(make_town, tmp_path):
    few = counted(make_town, tmp_path, questions=3, choices=3)
    assert counted(make_town, tmp_path, questions=60, choices=3) == few
    assert counted(make_town, tmp_path, questions=3, choices=300) == few
    assert max(few.values()) <= MOST, few
