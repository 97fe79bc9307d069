"""A lift lobby: the network goes while somebody answers, and nothing is lost or sent twice."""

from tests.factories import HEAN
from tests.journeys.visitors import answer_page

SENT = "**/thanks/**"


def test_answered_without_a_network_closed_opened_again_and_online_is_one_row(lobby):
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


def test_answers_come_back_when_the_page_was_closed_half_way(lobby):
    page = lobby.open()
    answer_page(page, HEAN.answers)
    page.locator("form#answers .actions .button:not(.plain)").click()
    answer_page(page, {"s1_age": HEAN.answers["s1_age"]})
    page.wait_for_function("document.getElementById('state').textContent.includes('已保存')")
    page.close()
    page = lobby.open()
    assert page.locator("#restored").is_visible()
    box = f"input[name='s1_age'][value='{HEAN.answers['s1_age']}']"
    assert page.locator(box).is_checked()
    lobby.go_to_the_end().click()
    page.wait_for_url(SENT)
    assert lobby.town.count("responses") == 1
    assert lobby.town.count("drafts") == 0


def test_a_phone_without_storage_gets_its_answers_back_from_the_server(lobby):
    block = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('off'); }});"
    lobby.visitor.context.add_init_script(block)
    page = lobby.open()
    answer_page(page, HEAN.answers)
    button = page.locator("form#answers .actions .button:not(.plain)")
    button.click()
    with page.expect_response("**/draft"):
        answer_page(page, HEAN.answers)
    assert lobby.town.count("drafts") in {0, 1}  # kept once who answers is eligible
    with page.expect_response("**/draft"):
        button.click()
    assert lobby.town.count("drafts") == 1
    page.close()
    page = lobby.open()
    assert page.locator("#restored").is_visible()
    lobby.go_to_the_end().click()
    page.wait_for_url(SENT)
    assert (lobby.town.count("responses"), lobby.town.count("drafts")) == (1, 0)


def test_nothing_is_kept_before_consent_or_after_a_refusal(lobby):
    page = lobby.open()
    page.check("input[name='s0_consent'][value='1']")
    page.wait_for_timeout(2500)  # longer than what is kept waits for
    assert page.evaluate("localStorage.length") == 0
    assert lobby.town.count("drafts") == 0
    page.locator("form#answers .actions .button:not(.plain)").click()
    answer_page(page, HEAN.answers)
    page.locator("form#answers .actions .button:not(.plain)").click()
    page.wait_for_function("localStorage.length > 0")
    page.locator("[name='.back']").click()
    page.locator("[name='.back']").click()
    page.check("input[name='s0_consent'][value='0']")
    page.locator("form#answers .actions .button:not(.plain)").click()
    assert "没有保存任何内容" in page.content()
    assert page.evaluate("localStorage.length") == 0
    assert lobby.town.count("drafts") == 0
