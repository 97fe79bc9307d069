"""The resident's pages as they are met: weight, identity, consent, faults, language and size."""

import gzip
import re

import pytest

from tests.factories import HEAN, READING, VILLAGE
from tests.phones import Paper, Phone

BIGGEST = 15 * 1024


def links(html):
    return re.findall(r'(?:src|href|action)="([^"]+)"', html)


def test_the_first_page_weighs_little_and_needs_two_requests(town):
    phone = town.phone(town.place())
    phone.open()
    files = {url for url in links(phone.reply.text) if url.startswith("/static/")}
    assert len(files) == 1  # with the page that makes two requests
    parts = [
        phone.reply.data,
        *(town.app.test_client().get(url, buffered=True).data for url in files),
    ]
    assert sum(len(gzip.compress(part)) for part in parts) <= BIGGEST


def test_no_page_names_another_host(town, kit):
    phone = town.phone(town.place()).go_to(kit.pages[-1], kit.answers)
    for html in (town.phone(town.place(code="P2")).open().html, phone.reply.text):
        outside = [url for url in links(html) if re.match(r"[a-z]+:|//", url)]
        assert outside in ([], ["data:,"])


def test_the_header_tells_whose_form_it_is(town):
    text = town.phone(town.place()).open().html
    for part in ("和文调1表", "和安市文明办", "备案", "和安市统计局", "和统备3号", "有效期至"):
        assert part in text
    assert str(town.day(300)) in text


def test_a_page_is_never_kept_and_each_has_a_submission_id_of_its_own(town):
    phone = town.phone(town.place())
    tickets = {phone.open().hidden[".id"] for _ in range(3)}
    assert len(tickets) == 3
    assert phone.reply.headers["Cache-Control"] == "no-store"


def test_consent_is_on_the_first_page_and_nothing_is_asked_before(town, kit):
    paper = town.phone(town.place()).open()
    assert next(iter(paper.controls)) == kit.rules["consent"]["question"]


def test_who_declines_stops_and_nothing_is_stored(town, kit):
    phone = town.phone(town.place())
    phone.open()
    question, no = kit.known.consent
    phone.send({question: no})
    assert phone.reply.status_code == 200
    assert "没有保存任何内容" in phone.reply.text
    assert phone.paper.page is None
    assert town.stored() == (0, 0)


def test_who_declines_need_not_answer_what_else_is_on_the_page(make_town):
    town = make_town(kit=READING)
    phone = town.phone(town.place())
    phone.open()
    phone.send({"consent_ok": "no", "birth_year": "what"})
    assert "没有保存任何内容" in phone.reply.text


def test_who_is_not_eligible_stops_and_nothing_is_stored(town, kit):
    phone = town.phone(town.place())
    phone.open()
    while phone.paper.page:
        before = phone.paper.page
        phone.send(kit.known.ineligible)
        assert phone.paper.page != before
    assert phone.reply.status_code == 200
    assert "您的回答没有保存" in phone.reply.text
    assert town.stored() == (0, 0)


def test_who_is_not_eligible_reads_why(make_town):
    town = make_town(kit=READING)
    phone = town.phone(town.place())
    phone.open()
    phone.send({"consent_ok": "yes", "birth_year": "2015"})
    assert "本次只问 2012 年及以前出生的读者" in phone.reply.text


def test_an_empty_page_comes_back_with_a_link_to_each_missing_answer(town, kit):
    page = "g_main" if kit is HEAN else "reading"
    phone = town.phone(town.place()).go_to(page, kit.answers)
    required = [name for name in kit.known.main_page if name in phone.paper.controls]
    phone.send(dict.fromkeys(kit.answers, ""))
    assert phone.reply.status_code == 422
    for name in required:
        assert f'href="#q-{name}"' in phone.reply.text
        assert f"q-{name}" in phone.paper.ids
        assert f'id="f-{name}"' in phone.reply.text  # the sentence at the question itself
    assert phone.reply.text.index('id="faults"') < phone.reply.text.index(f'id="q-{required[0]}"')


def test_a_wrong_answer_keeps_every_other_answer(town, kit):
    question, exclusive, other = kit.known.exclusive
    page = next(p.name for p in kit.known.form.pages() if question in {q.name for q in p.questions})
    phone = town.phone(town.place()).go_to(page, kit.answers)
    on_page = [name for name in kit.answers if name in phone.paper.controls]
    ticket = phone.paper.hidden[".id"]
    phone.send(kit.answers | {question: f"{exclusive} {other}"})
    assert phone.reply.status_code == 422
    assert f'href="#q-{question}"' in phone.reply.text
    assert sorted(phone.paper.filled[question]) == sorted([exclusive, other])
    for name in on_page:
        if name != question:
            assert " ".join(phone.paper.filled[name]) == kit.answers[name], name
    assert phone.paper.hidden[".id"] == ticket
    assert town.stored() == (0, 0)
    phone.finish(kit.answers)  # and mended it goes through
    assert town.count("responses") == 1


def test_text_that_was_typed_comes_back_as_it_was_and_runs_nothing(make_town):
    town = make_town(kit=HEAN)
    text = "</textarea><script>x</script>\n\"&amp;' = 灯"
    phone = town.phone(town.place()).go_to("g_main", HEAN.answers)
    phone.send({"q15_open": text})
    assert phone.reply.status_code == 422
    assert phone.paper.filled["q15_open"] == [text]
    assert "<script>x" not in phone.reply.text


@pytest.mark.parametrize("button", [(".lang", "en"), (".elder", "1"), (".back", "1")])
def test_language_size_and_back_keep_what_was_answered(town, kit, button):
    page = kit.pages[1]
    phone = town.phone(town.place()).go_to(page, kit.answers)
    ticket = phone.paper.hidden[".id"]
    phone.send(kit.answers, press=button)
    assert phone.reply.status_code == 200
    if button[0] == ".back":
        assert phone.paper.page == kit.pages[0]
        phone.send()  # what stands there goes out again
    assert phone.paper.page == page
    for name, texts in phone.paper.filled.items():
        assert " ".join(texts) == kit.answers.get(name, ""), name
    assert phone.paper.hidden[".id"] == ticket
    phone.finish(kit.answers)
    assert phone.reply.status_code == 303
    assert town.count("responses") == 1


def test_a_language_chosen_by_a_button_stays_against_the_address_and_to_the_end(make_town):
    town = make_town(kit=HEAN)
    phone = town.phone(town.place())
    phone.open("?lang=en")
    assert '<html lang="en"' in phone.reply.text
    phone.send(HEAN.answers, press=(".lang", "zh"))
    assert '<html lang="zh-Hans"' in phone.reply.text
    phone.finish(HEAN.answers)
    assert '<html lang="zh-Hans"' in phone.client.get(phone.reply.location).text


def test_english_stays_to_the_receipt_without_a_cookie(make_town):
    town = make_town(kit=HEAN)
    phone = town.phone(town.place(), town.app.test_client(use_cookies=False))
    phone.open("?lang=en")
    phone.finish(HEAN.answers)
    assert "Your withdrawal code" in phone.client.get(phone.reply.location).text


def test_large_text_stays_to_the_receipt_and_can_be_left_again(make_town):
    town = make_town(kit=HEAN)
    phone = town.phone(town.place())
    phone.open("?elder=1")
    assert 'class="elder"' in phone.reply.text
    assert "?lang=zh" in phone.paper.links  # back to the usual size
    phone.finish(HEAN.answers)
    assert 'class="elder"' in phone.client.get(phone.reply.location).text
    phone.open("?lang=zh")
    assert 'class="elder"' not in phone.reply.text


def test_the_enter_key_sends_the_page(town, kit):
    """The first button of a form is pressed by the enter key: not "back", not another language."""
    phone = town.phone(town.place()).go_to(kit.pages[1], kit.answers)
    assert phone.paper.buttons[0] == ("", "")


def test_a_question_that_this_page_may_still_bring_up_is_there_without_a_script(make_town):
    town = make_town(kit=READING)
    phone = town.phone(town.place()).go_to("reading", READING.answers)
    assert {"borrows", "books_month", "why_many"} <= phone.paper.controls.keys()


def test_a_question_that_another_page_rules_out_is_not_there(make_town):
    town = make_town(kit=HEAN)
    phone = town.phone(town.place()).go_to("g_screen", HEAN.answers)
    assert {"s1_age", "s2_live", "s3_town"} == phone.paper.controls.keys()
    assert phone.paper.page == "g_screen"


@pytest.mark.parametrize("answers", [{}, {"s0_consent": "7"}])
def test_a_page_named_by_the_client_skips_nothing(make_town, answers):
    town = make_town(kit=HEAN)
    phone = town.phone(town.place())
    phone.open()
    given = {k: v for k, v in HEAN.answers.items() if k != "s0_consent"} | answers
    phone.send({}, **{".page": "g_main"}, **given)
    assert phone.reply.status_code == 422
    assert phone.paper.page == "g_intro"


def test_a_made_up_page_is_the_first(town, kit):
    phone = town.phone(town.place())
    phone.open()
    phone.send({}, **{".page": "no_such_page"})
    assert (phone.reply.status_code, phone.paper.page) == (422, kit.pages[0])


def test_a_name_that_is_no_question_is_refused_and_not_carried_on(town, kit):
    phone = town.phone(town.place()).go_to(kit.pages[-1], kit.answers)
    phone.send(kit.answers, weight="99")
    assert phone.reply.status_code == 422
    assert "没有这道题" in phone.reply.text
    assert "weight" not in phone.paper.hidden
    assert town.stored() == (0, 0)


def test_the_household_size_is_asked_when_the_design_needs_it_and_the_form_does_not(make_town, kit):
    town = make_town(kit=kit, factor="h_adults")
    phone = town.phone(town.household())
    answers = kit.answers | {"h_adults": "3"}
    phone.open()
    phone.finish(answers | {"h_adults": "21"})
    assert phone.reply.status_code == 422
    assert "1 到 20" in phone.reply.text
    phone.finish(answers)
    assert phone.reply.status_code == 303
    assert town.answers()["h_adults"] == "3"


def test_a_place_asks_nobody_how_many_live_in_the_home(make_town):
    town = make_town(kit=HEAN, factor="h_adults")
    phone = town.phone(town.place()).go_to("g_main", HEAN.answers)
    assert "h_adults" not in phone.paper.controls
    phone.finish(HEAN.answers)
    assert town.count("responses") == 1


def test_capitals_in_the_address_are_the_same_page(town):
    code = town.place()
    phone = Phone(town.app.test_client(), f"/Q/{code}")
    assert phone.open().page is not None
    phone = Phone(town.app.test_client(), f"/q/{code[:4].lower()}-{code[4:].lower()}")
    assert phone.open().page is not None


def test_a_receipt_says_nothing_but_a_code_of_six_characters(town, kit):
    phone = town.phone(town.place(area=VILLAGE))
    phone.fill_in(kit.answers)
    page = phone.client.get(phone.reply.location)
    assert "已收到" in page.text
    assert re.search(r'class="receipt">([0-9A-Z]{6})<', page.text)
    assert Paper(page.text).page is None
    code = phone.path.rpartition("/")[2]
    assert phone.client.get(f"/q/{code}/thanks/NOTARECEIPT").status_code == 404
