"""Mistakes are polite, in both languages, with the right status, and tell nothing of the inside."""

import pytest
from flask import abort
from jinja2 import ChoiceLoader, DictLoader

from survey import errors
from survey.accounts.access import own_token, public
from survey.errors import NotFound, SubmissionConflict, SurveyError, TooBusy
from tests.survey.accounts import world

MANY = {f"q{number}": "1" for number in range(1001)}
REFUSALS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, SurveyError) and kind is not SurveyError
]


@pytest.fixture
def app(sqlite_url):
    world.settle(sqlite_url)
    app = world.app_on(sqlite_url)
    yield app
    app.extensions["engine"].dispose()


def with_view(app, view):
    app.add_url_rule("/try/<code>", "try", own_token(public(view)), methods=["GET", "POST"])
    return app.test_client()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 415, 422, 429, 500, 503])
def test_each_status_has_its_page_in_both_languages(app, status):
    client = with_view(app, lambda code: abort(status))
    page = client.get("/try/x")
    assert page.status_code == status
    assert page.content_type == "text/html; charset=utf-8"
    assert page.text.count('<p lang="zh-Hans">') == page.text.count('<p lang="en">') == 1
    assert ("Retry-After" in page.headers) == (status in {429, 503})


@pytest.mark.parametrize("kind", [k for k in REFUSALS if k.__init__ is SurveyError.__init__])
def test_each_refusal_has_its_status_code_and_sentences(app, kind):
    def view(code):
        raise kind

    page = with_view(app, view).post("/try/x")
    assert page.status_code == kind.status
    assert f'data-code="{kind.code}"' in page.text or kind.status == 401
    assert kind.zh in page.text
    assert kind.en in page.text


def test_no_two_refusals_share_a_code():
    assert len({kind.code for kind in REFUSALS}) == len(REFUSALS) > 10


def test_english_comes_first_where_it_was_asked_for(app):
    page = app.test_client().get("/nothing?lang=en").text
    assert page.index(NotFound.en) < page.index(NotFound.zh)
    assert '<html lang="en"' in page


def test_a_program_gets_json(app):
    def view(code):
        raise SubmissionConflict

    headers = {"Accept": "application/json"}
    reply = with_view(app, view).post("/try/x", headers=headers)
    assert reply.status_code == 409
    assert reply.json == {
        "status": 409,
        "error": "submission_conflict",
        "zh": SubmissionConflict.zh,
        "en": SubmissionConflict.en,
    }
    assert app.test_client().get("/users", headers=headers).status_code == 401


def test_a_failure_shows_nothing_of_the_inside_and_logs_no_path(app, caplog):
    def view(code):
        raise RuntimeError("the inside")

    page = with_view(app, view).get("/try/SECRETCODE")
    assert page.status_code == 500
    assert "the inside" not in page.text
    assert "RuntimeError" in caplog.text
    assert "/try/<code>" in caplog.text
    assert "SECRETCODE" not in caplog.text


def test_a_broken_frame_still_gives_a_page(app):
    broken = DictLoader({"resident.html": "{{ nothing_of_that_name }}"})
    app.jinja_env.loader = ChoiceLoader([broken, app.jinja_env.loader])
    page = app.test_client().get("/nothing")
    assert page.status_code == 404
    assert NotFound.zh in page.text
    assert NotFound.en in page.text


def test_the_details_of_a_refusal_fill_its_sentence_and_are_escaped(app):
    class Named(SurveyError):
        zh = "没有 {name}。"
        en = "There is no {name}."

    def view(code):
        raise Named(name="<b>{0}</b>")

    page = with_view(app, view).get("/try/x").text
    assert "There is no &lt;b&gt;{0}&lt;/b&gt;." in page


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": {"a": "x" * 300_000}}, 413),
        ({"data": MANY}, 413),
        ({"data": MANY, "content_type": "multipart/form-data"}, 413),
        ({"data": {f"q{n}": "1" for n in range(1000)}}, 200),
        ({"data": b"\x1f\x8b", "headers": {"Content-Encoding": "gzip"}}, 415),
        ({"data": {"q": "a\0b"}}, 400),
        ({"data": {"q\0": "1"}}, 400),
        ({"query_string": {"q": "\0"}}, 400),
        ({"data": b"%ED%A0%80=%FF", "content_type": "application/x-www-form-urlencoded"}, 200),
    ],
)
def test_what_no_page_of_ours_sends_is_refused_before_anything_reads_it(app, sent, status):
    client = with_view(app, lambda code: "read")
    assert client.post("/try/x", **sent).status_code == status


def test_a_zero_byte_in_the_address_is_refused(app):
    assert with_view(app, lambda code: "read").get("/try/a%00b").status_code == 400


def test_busy_says_when_to_come_back(app):
    def view(code):
        raise TooBusy

    reply = with_view(app, view).get("/try/x")
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "60")


def test_the_wrong_method_names_the_right_ones(app):
    reply = app.test_client().get("/logout")
    assert reply.status_code == 405
    assert "POST" in reply.headers["Allow"]
