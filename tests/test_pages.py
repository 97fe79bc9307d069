"""Every page of every role, found by its links: what each must have, in both languages."""

import re
import shutil
from collections import deque
from urllib.parse import urlencode, urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from survey import db
from survey.designer import service
from survey.designer.service import Upload
from survey.instrument.items import Kind
from survey.models import Indicator, IndicatorKind, Quota, Role, Study
from tests import markup
from tests.factories import PLACE, Town
from tests.survey.designer.forms import Edited
from tests.survey.reporting.conftest import HEAN, load
from tests.survey.reviewing.conftest import Field

LANGUAGES = {"zh": "zh-Hans", "en": "en"}
NOBODY = "nobody"
WHO = [NOBODY, *(role.value for role in Role)]
FIELDS = {"input", "select", "textarea"}
NEEDS_NO_LABEL = {"hidden", "submit", "button"}
# Words of the program that stand on a page only when something went wrong.
SLIPS = re.compile(r"\b(None|nan|NaN|Undefined|undefined|inf)\b|\{\{|\{%|<[a-z_.]+ object at")
CHOICE_CALLED_NONE = re.compile(r"""[“"]None[”"]| None(?= Not sure)""")
RANK = re.compile(r"第\s*\d+\s*名|排名第|\brank(ed)?\s+\d|\brank:\s*\d", re.IGNORECASE)
# One of each is enough.
LIKE_ANOTHER = re.compile(r"(/place/|/household/|/indicators/|/review/.+/|only=|from=|to=)[\w-]+")
MUST_MEET = {
    "allocation.index", "allocation.sample", "allocation.new", "allocation.download",
    "allocation.quota", "designer.index", "designer.versions", "designer.preview",
    "designer.original", "designer.written", "designer.phone_style",
    "accounts.home", "accounts.login", "accounts.password", "accounts.users", "accounts.audit_log",
    "answering.scan", "fieldwork.index", "points.index", "points.place", "points.household",
    "places.index", "places.new", "households.index", "households.new", "funnel.index",
    "sheets.places", "sheets.households",
    "reporting.index", "reporting.sample", "reporting.indicator", "reporting.run_list",
    "reviewing.index", "reviewing.wave", "reviewing.response",
}  # fmt: skip


@pytest.fixture(scope="module")
def walks(tmp_path_factory, migrated_sqlite):
    """Role and language -> address -> endpoint and reply."""
    file = tmp_path_factory.mktemp("pages") / "minyi.sqlite"
    shutil.copy(migrated_sqlite, file)
    url = f"sqlite:///{file}"
    with db.open_session(url) as session:
        load(session, HEAN)
    town = Town(url)
    with town.session() as session:
        session.add(first_indicator(town))  # no study is loaded without one
        session.add(Quota(study_id=town.study_id, sample_id=town.samples[PLACE], most=9))
    wave = Field(town)
    for number in range(25):  # more than a page of the list
        wave.add(status="quarantined", reasons={"device_again": {"n": str(number + 2)}})
    add_draft(town)
    codes = [town.place(), town.household(), town.place(code="P002", status="revoked")]
    clients = {role.value: town.user(role) for role in Role} | {NOBODY: town.app.test_client()}
    starts = ["/", "/login", "/no/such/page", *(f"/q/{code}" for code in codes)]
    yield {
        (who, language): walk(town.app, client, starts, language)
        for who, client in clients.items()
        for language in LANGUAGES
    }
    town.close()


def first_indicator(town):
    question = next(one for one in town.kit.known.form.questions() if one.choices)
    codes = [choice.code for choice in question.choices]
    return Indicator(
        study_id=town.study_id, code="AW", version=1, position=0, name_zh="知晓率",
        name_en="awareness",
        kind=IndicatorKind.RATE, question=question.name, numerator=codes[0],
        denominator="|".join(codes), scores="", weights="", target="90", note="", direction="",
    )  # fmt: skip


def add_draft(town):
    """A next version that adds, changes and drops questions, one of them of the indicator."""
    edited = Edited(town.kit.known.form).question("q3_station", label={"zh": "改", "en": "new"})
    edited = edited.add("q15_open", "q16_new", Kind.TEXT).drop(first_indicator(town).question)
    with town.session() as session:
        study = session.get(Study, town.study_id)
        service.save_draft(session, study, Upload(b"PK draft", edited.form), replaces="")


def walk(app, client, starts, language):
    """Open pages and what they link to, one of each kind."""
    seen, ahead, found = set(), deque(starts), {}
    client.get(f"/?lang={language}")
    while ahead:
        address = ahead.popleft()
        kind = LIKE_ANOTHER.sub(r"\1*", address)
        if kind in seen:
            continue
        seen.add(kind)
        reply = client.get(address, buffered=True)
        found[address] = (endpoint_of(app, address), reply)
        if reply.status_code in {301, 302, 303}:
            ahead.append(local(reply.location))
        elif reply.mimetype == "text/html":
            ahead += filter(None, map(local, links(markup.read(reply.text), address)))
    return found


def endpoint_of(app, address):
    try:
        return app.url_map.bind("minyi.test").match(urlsplit(address).path)[0]
    except HTTPException:
        return None


def links(root, address):
    """Where a page leads to: its links, its styles, and its forms that only ask."""
    for one in root.find_all("link"):
        if one.get("rel") == "stylesheet":
            yield one.get("href")
    for one in root.find_all("a"):
        if not one.get("href").startswith("#") and "lang=" not in one.get("href"):
            yield one.get("href")
    for form in root.find_all("form"):
        if (form.get("method") or "get") == "get" and not form.by_class("language"):
            chosen = {
                one.get("name"): one.find_all("option")[-1].get("value")
                for one in form.find_all("select")
            }
            yield f"{form.get('action') or address}?{urlencode(chosen)}"


def local(address):
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    return None if parts.netloc else f"{parts.path}{query}" if parts.path else None


# Of the module: pages are read once, not once a test.
@pytest.fixture(
    scope="module",
    params=[(who, language) for who in WHO for language in LANGUAGES],
    ids="-".join,
)
def pages(request, walks):
    """The pages of one role in one language: address, reply, elements."""
    found = walks[request.param]
    return [
        (address, reply, markup.read(reply.text))
        for address, (_, reply) in found.items()
        if reply.mimetype == "text/html" and reply.status_code not in {301, 302, 303}
    ]


def test_the_walks_meet_every_kind_of_page(walks):
    met = {
        endpoint
        for found in walks.values()
        for endpoint, reply in found.values()
        if reply.status_code == 200
    }
    assert met >= MUST_MEET, MUST_MEET - met
    previews = {"/forms/live/1/", "/forms/live/2/"}  # what is in force, and the draft
    assert walks["analyst", "zh"].keys() >= previews
    assert len(walks["administrator", "zh"]) > 20


def test_no_link_leads_nowhere(walks):
    for (who, _), found in walks.items():
        for address, (_, reply) in found.items():
            expected = (
                {404} if address == "/no/such/page" else {410, 403} if "/q/" in address else set()
            )
            assert reply.status_code in {200, 303, 302, 301} | expected, (who, address)


def test_every_page_has_a_title_and_its_language(pages, request):
    language = request.node.callspec.params["pages"][1]
    for address, _, root in pages:
        (title,) = root.find_all("title")[:1]
        assert title.text.strip(), address
        if root.by_class("top"):  # the frame of staff; a resident's page may stay in his own tongue
            assert "Minyi 民意" in title.text, address
            assert root.find_all("html")[0].get("lang") == LANGUAGES[language], address
        assert root.find_all("html")[0].get("lang") in LANGUAGES.values(), address
        assert root.find_all("main"), address


def test_no_page_needs_what_the_policy_forbids(pages):
    for address, reply, root in pages:
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not root.find_all("style"), address
        for one in root.walk():
            assert "style" not in one.attributes, (address, one.tag)
            assert not [name for name in one.attributes if name.startswith("on")], address
        for script in root.find_all("script"):
            assert script.get("src") or script.get("type") == "application/json", address
        for one in root.find_all("link", "img", "script"):
            target = one.get("href") or one.get("src") or ""
            assert not urlsplit(target).netloc, (address, target)


def test_every_field_has_a_label(pages):
    for address, _, root in pages:
        labelled = {one.get("for") for one in root.find_all("label")}
        for one in root.walk():
            if one.tag not in FIELDS or one.get("type") in NEEDS_NO_LABEL:
                continue
            inside, above = False, one.parent
            while above is not None:
                inside = inside or above.tag == "label"
                above = above.parent
            named = inside or one.get("id") in labelled or one.get("aria-label")
            assert named, (address, one.attributes)
        ids = [one.get("id") for one in root.walk() if one.get("id")]
        assert len(ids) == len(set(ids)), (
            address,
            sorted(one for one in ids if ids.count(one) > 1),
        )


def test_every_form_that_changes_something_carries_its_token(pages):
    for address, _, root in pages:
        for form in root.find_all("form"):
            if form.get("method") != "post":
                continue
            action = form.get("action")
            assert action is not None, address
            assert not urlsplit(action).netloc, address
            names = {one.get("name") for one in form.find_all("input")}
            wanted = ".id" if "/q/" in address else "csrf_token"
            assert wanted in names or "csrf_token" in names, (address, action)


def test_no_slip_of_the_program_is_printed(pages):
    for address, _, root in pages:
        if address == "/audit" or not root.find_all("main"):
            continue  # it prints what was recorded, as it was
        # a choice of the questionnaire (都没有) is called so in English, and is no slip
        words = CHOICE_CALLED_NONE.sub("", root.find_all("main")[0].text)
        found = SLIPS.search(words)
        assert not found, (address, words[max(0, found.start() - 60) : found.end() + 60])


def test_no_page_prints_a_bare_rank(pages):
    for address, _, root in pages:
        found = RANK.search(root.text)
        assert not found, (address, found[0])


def test_every_link_within_a_page_has_its_place(pages):
    for address, _, root in pages:
        ids = {one.get("id") for one in root.walk()}
        for one in root.find_all("a"):
            href = one.get("href") or ""
            if href.startswith("#"):
                assert href[1:] in ids, (address, href)


def test_every_page_of_staff_offers_the_other_language(pages, request):
    language = request.node.callspec.params["pages"][1]
    other = {"zh": "English", "en": "中文"}[language]
    for address, _, root in pages:
        if root.by_class("top"):
            assert other in root.by_class("top")[0].text, address
