"""A lift lobby: the network goes while somebody answers, and nothing is lost or sent twice."""

from dataclasses import replace

import pytest

from survey.guarding.policy import Alarm
from tests.factories import HEAN, UNHURRIED
from tests.journeys.visitors import answer_page

SENT = "**/thanks/**"


@pytest.mark.parametrize("scanned", [False, True], ids=["typed", "scanned"])
def test_answered_without_a_network_closed_opened_again_and_online_is_one_row(lobby, scanned):
    if scanned:
        lobby.scan()
    lobby.open()
    send = lobby.go_to_the_end()
    lobby.wait_for_worker()
    lobby.offline(True)
    send.click()
    waiting = lobby.page.locator("#waiting")
    waiting.wait_for()
    assert "已保存在这部手机上,联网后会自动发送" in waiting.inner_text()
    assert lobby.town.count("responses") == 0
    lobby.page.close()

    page = lobby.open()  # still without a network
    assert page.locator("#waiting").is_visible()
    lobby.offline(False)
    page.wait_for_url(SENT, timeout=30_000)
    assert lobby.town.count("responses") == 1
    assert lobby.answered() == HEAN.answers["q1_know"]
    again = lobby.open()
    assert "您已填写过" in again.content()
    assert lobby.town.count("responses") == 1


def test_a_reply_that_was_lost_is_fetched_again_and_stays_one_row(lobby):
    lobby.open()
    send = lobby.go_to_the_end()
    lost = []

    def lose(route):
        if route.request.method == "POST" and not lost:
            route.fetch()  # it reaches the server; its reply does not come back
            lost.append(1)
            route.abort()
        else:
            route.continue_()

    lobby.page.route(lobby.address, lose)
    send.click()
    lobby.page.locator("#waiting button").click()
    lobby.page.wait_for_url(SENT, timeout=30_000)
    assert lost
    assert lobby.town.count("responses") == 1


def next_page(page):
    page.locator("form#answers .actions .button:not(.plain)").click()


def answer_to_the_main_page(page):
    """Consent and eligibility are given, and two answers of the main page."""
    for _ in range(2):
        answer_page(page, HEAN.answers)
        next_page(page)
    answer_page(page, {name: HEAN.answers[name] for name in ("q1_know", "q4_support")})


def test_answers_come_back_when_the_page_was_closed_half_way(lobby):
    page = lobby.open()
    answer_to_the_main_page(page)
    kept = "Object.values(localStorage).some(text => text.includes('q4_support'))"
    page.wait_for_function(kept)
    page.close()
    page = lobby.open()
    assert page.locator("#restored").is_visible()
    for name in ("q1_know", "q4_support"):
        assert page.locator(f"input[name='{name}'][value='{HEAN.answers[name]}']").is_checked()
    lobby.go_to_the_end().click()
    page.wait_for_url(SENT)
    assert (lobby.town.count("responses"), lobby.town.count("drafts")) == (1, 0)
    assert page.evaluate("localStorage.length") == 0


def test_another_person_on_the_phone_does_not_see_what_the_first_had_begun(lobby):
    page = lobby.open()
    answer_to_the_main_page(page)
    page.wait_for_function("Object.values(localStorage).some(text => text.includes('q4_support'))")
    page = lobby.visitor.context.new_page()
    page.goto(lobby.address + "?another=1")
    assert not page.locator("#restored").is_visible()
    assert page.locator("[data-page]:not([hidden]) input:checked").count() == 0
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("scanned", [False, True], ids=["typed", "scanned"])
def test_a_phone_without_storage_gets_its_answers_back_from_the_server(lobby, scanned):
    if scanned:
        lobby.scan()
    block = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('off'); }});"
    lobby.visitor.context.add_init_script(block)
    page = lobby.open()
    with page.expect_response("**/draft"):
        answer_to_the_main_page(page)
    page.wait_for_timeout(2500)  # longer than a change waits to be saved
    assert lobby.town.count("drafts") == 1
    page.close()
    page = lobby.open()
    assert page.locator("#restored").is_visible()
    assert page.locator(f"input[name='q1_know'][value='{HEAN.answers['q1_know']}']").is_checked()
    lobby.go_to_the_end().click()
    page.wait_for_url(SENT)
    assert (lobby.town.count("responses"), lobby.town.count("drafts")) == (1, 0)


def test_nothing_is_kept_before_consent_and_eligibility_or_after_a_refusal(lobby):
    page = lobby.open()
    answer_page(page, HEAN.answers)
    next_page(page)
    answer_page(page, {"s1_age": HEAN.answers["s1_age"]})
    page.wait_for_timeout(2500)
    assert page.evaluate("localStorage.length") == 0
    assert lobby.town.count("drafts") == 0
    answer_page(page, HEAN.answers)
    with page.expect_response("**/draft"):
        next_page(page)
    assert page.evaluate("localStorage.length") == 1
    for _ in range(2):
        page.locator("[name='.back']").click()
    page.check("input[name='s0_consent'][value='0']")
    next_page(page)
    page.get_by_text("没有保存任何内容").wait_for()
    assert page.evaluate("localStorage.length") == 0
    assert (lobby.town.count("responses"), lobby.town.count("drafts")) == (0, 0)


def test_a_draft_of_whatever_address_is_gone_after_a_day(lobby):
    page = lobby.open()
    old = '{"at": 1000, "id": "x", "version": 1, "page": "g", "body": "a=1"}'
    page.evaluate("text => localStorage.setItem('minyi-draft /Q/OTHER123', text)", old)
    page = lobby.open()
    assert page.evaluate("localStorage.length") == 0


def test_what_is_kept_to_be_opened_holds_no_answers(lobby):
    page = lobby.open()
    answer_to_the_main_page(page)
    page.wait_for_timeout(2500)
    page.close()
    page = lobby.open()  # restored, from the phone or from the server
    answer_page(page, {"q5_overall": HEAN.answers["q5_overall"]})
    lobby.wait_for_worker()
    kept = page.evaluate(
        """async () => {
            const pages = await caches.open('minyi-pages'), found = await pages.keys();
            const texts = found.map(async one => (await pages.match(one)).text());
            return (await Promise.all(texts)).join();
        }"""
    )
    assert 'name="q1_know"' in kept
    assert " checked" not in kept


def test_an_earlier_interview_of_the_phone_is_sent_first(lobby):
    lobby.open()
    send = lobby.go_to_the_end()
    lobby.wait_for_worker()
    lobby.offline(True)
    send.click()
    lobby.page.locator("#waiting").wait_for()
    lobby.page.close()
    lobby.offline(False)
    page = lobby.visitor.context.new_page()
    page.goto(lobby.address + "?fresh=1")  # another interview on the same phone
    page.wait_for_url(SENT, timeout=30_000)
    assert lobby.town.count("responses") == 1


def test_an_answer_that_comes_too_late_is_told_and_not_sent_again(lobby):
    lobby.open()
    send = lobby.go_to_the_end()
    lobby.offline(True)
    send.click()
    waiting = lobby.page.locator("#waiting")
    waiting.wait_for()
    lobby.town.change("UPDATE waves SET closes = :day", day=lobby.town.day(-1))
    lobby.offline(False)
    waiting.get_by_text("本次调查已经结束").wait_for(timeout=30_000)
    assert lobby.page.evaluate("localStorage.length") == 0
    assert lobby.town.count("responses") == 0


ALARMED = replace(UNHURRIED, point_alarm=Alarm(on=1, off=1), proof_bits=8)


@pytest.mark.parametrize("lobby", [{"policy": ALARMED}], indirect=True, ids=["under attack"])
def test_under_attack_the_phone_solves_its_task_unnoticed(lobby):
    lobby.town.phone(lobby.code).fill_in(HEAN.answers)  # and the alarm is on
    # what a service worker fetches cannot be cut off here
    lobby.visitor.context.add_init_script("delete Navigator.prototype.serviceWorker")
    page = lobby.open()
    send = lobby.go_to_the_end()
    page.route("**/proof.js*", lambda route: route.abort())  # the network goes at this moment
    send.click()
    page.locator("#waiting").wait_for()
    assert lobby.town.count("responses") == 1
    page.unroute("**/proof.js*")
    page.locator("#waiting button").click()
    page.wait_for_url(SENT, timeout=30_000)
    assert lobby.town.count("responses") == 2
    assert lobby.town.count("reasons") == 0  # the first one, too: nobody had asked it
