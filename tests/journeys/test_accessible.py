"""Everybody can answer: axe-core, the keyboard alone, large text, narrow screens, large targets."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.factories import HEAN, KINDS
from tests.journeys.visitors import answer_page

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
NEXT = "form#answers .actions .button:not(.plain)"


def first(lobby):
    return lobby.open()


def with_faults(lobby):
    page = lobby.open()
    page.locator(NEXT).click()
    page.locator("#faults").wait_for()
    return page


def elder(lobby):
    page = lobby.open()
    page.locator(".tools .size").click()
    page.wait_for_function("document.documentElement.classList.contains('elder')")
    return page


def in_english(lobby):
    page = lobby.visitor.context.new_page()
    page.goto(lobby.address + "?lang=en")
    return page


def main_page(lobby):
    page = lobby.open()
    for _ in range(2):
        answer_page(page, HEAN.answers)
        page.locator(NEXT).click()
    return page


def main_page_with_faults(lobby):
    page = main_page(lobby)
    page.locator(NEXT).click()
    page.locator("#faults").wait_for()
    return page


def waiting(lobby):
    lobby.open()
    send = lobby.go_to_the_end()
    lobby.offline(True)
    send.click()
    lobby.page.locator("#waiting").wait_for()
    return lobby.page


def finished(lobby):
    lobby.open()
    lobby.go_to_the_end().click()
    lobby.page.wait_for_url("**/thanks/**")
    return lobby.page


def answered_before(lobby):
    finished(lobby)
    return lobby.open()


def declined(lobby):
    page = lobby.open()
    page.check("input[name='s0_consent'][value='0']")
    page.locator(NEXT).click()
    page.get_by_text("没有保存任何内容").wait_for()
    return page


def closed(lobby):
    lobby.town.change("UPDATE waves SET closes = :day", day=lobby.town.day(-1))
    page = lobby.visitor.context.new_page()
    page.goto(lobby.address)
    return page


def withdrawing(lobby):
    page = lobby.visitor.context.new_page()
    page.goto(lobby.address + "/withdraw")
    page.fill("#code", "AAAAAA")
    page.locator("form .button").click()
    return page


def withdrawn(lobby):
    page = finished(lobby)
    code = page.locator(".receipt").inner_text()
    page.get_by_role("link", name="撤回我的回答").click()
    page.fill("#code", code)
    page.locator("form .button").click()
    page.get_by_text("您的回答已经删除").wait_for()
    return page


def not_eligible(lobby):
    page = lobby.open()
    answer_page(page, HEAN.answers)
    page.locator(NEXT).click()
    answer_page(page, {"s1_age": "0"})
    page.locator(NEXT).click()
    page.get_by_text("您的回答没有保存").wait_for()
    return page


def enough(lobby):
    page = lobby.visitor.context.new_page()
    page.goto(lobby.address + "/full")
    return page


def revoked(lobby):
    lobby.town.change("UPDATE entry_points SET status = 'revoked'")
    page = lobby.visitor.context.new_page()
    page.goto(lobby.address)
    return page


def no_such_code(lobby):
    page = lobby.visitor.context.new_page()
    page.goto(lobby.address[:-1] + "-")
    return page


def restored(lobby):
    main_page(lobby).wait_for_timeout(2500)  # longer than a change waits to be saved
    lobby.page.close()
    page = lobby.open()
    assert page.locator("#restored").is_visible()
    return page


def right_to_left(lobby):
    page = lobby.visitor.context.new_page()
    page.goto(lobby.address + "?lang=ug")
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    return page


def large(state):
    """A state in elder mode, reached by its own ways."""

    def reached(lobby):
        lobby.address += "?elder=1"
        return state(lobby)

    reached.__name__ = f"large_{state.__name__}"
    return reached


STATES = (
    first,
    with_faults,
    elder,
    in_english,
    main_page,
    main_page_with_faults,
    waiting,
    finished,
    answered_before,
    declined,
    closed,
    withdrawing,
    withdrawn,
    not_eligible,
    enough,
    revoked,
    no_such_code,
    restored,
    right_to_left,
)
LARGE = [
    large(one) for one in (first, with_faults, main_page_with_faults, waiting, finished, closed)
]
LARGE += [large(one) for one in (declined, answered_before, restored, not_eligible, withdrawn)]


@pytest.mark.parametrize("state", [*STATES, *LARGE], ids=lambda state: state.__name__)
def test_axe_finds_nothing(lobby, state):
    page = state(lobby)
    results = Axe().run(page, options=WCAG)
    assert results.violations_count == 0, results.generate_report()
    assert results.response["passes"]  # it looked at something


def kinds(page):
    """The page with a rank, a filter, a position and texts with answers in them."""
    answer_page(page, {"agreed": "yes", "years": "40"})
    page.locator(NEXT).click()
    answer_page(page, {"who": "小王"})
    return page


def children(page):
    kinds(page)
    answer_page(page, {"read_it": "OK"})
    for wish in page.locator("button.choice").all():
        wish.click()
    page.locator(NEXT).click()
    page.get_by_role("button", name="再加一个").click()
    return page


@pytest.mark.parametrize("reach", [kinds, children], ids=lambda one: one.__name__)
@pytest.mark.parametrize("lobby", [{"kit": KINDS}], indirect=True, ids=["every kind"])
def test_axe_finds_nothing_on_questions_of_every_kind(lobby, reach):
    page = reach(lobby.open())
    results = Axe().run(page, options=WCAG)
    assert results.violations_count == 0, results.generate_report()
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("state", LARGE, ids=lambda one: one.__name__)
def test_no_text_of_elder_mode_is_small(lobby, state):
    page = state(lobby)
    small = page.evaluate(
        """() => Array.from(document.body.querySelectorAll('*'))
             .filter(e => e.offsetParent && !e.closest('.trap, option, script, template')
               && Array.from(e.childNodes).some(n => n.nodeType == 3 && n.data.trim())
               && parseFloat(getComputedStyle(e).fontSize) < 24)
             .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert small == []
    targets = page.evaluate(
        """() => Array.from(document.querySelectorAll(
             '.tools :is(a, button:not(.skip)), .aloud, .choice, .field, .button'))
           .filter(e => e.offsetParent).map(e => e.getBoundingClientRect().height)"""
    )
    assert all(height >= 60 for height in targets)


def test_control_axe_sees_a_field_without_a_label(lobby):
    page = lobby.open()
    page.evaluate("document.querySelector('main').innerHTML += '<input type=text>'")
    assert Axe().run(page, options=WCAG).violations_count > 0


def test_the_keyboard_alone_is_enough(lobby):
    """Tab, arrows, space and enter, from the first question to the receipt."""
    page = lobby.open()
    for _ in range(400):
        if "/thanks/" in page.url:
            break
        page.keyboard.press("Tab")
        here = page.evaluate(
            "(e => [e.type || '', e.name || '', e.checked, e.value,"
            " e.matches('.actions .button:not(.plain)')])(document.activeElement)"
        )
        kind, name, checked, value, is_next = here
        if kind == "radio":
            choose_by_arrows(page, name)
        elif kind == "checkbox" and value in HEAN.answers.get(name, "").split() and not checked:
            page.keyboard.press("Space")
        elif is_next:
            last = page.locator(NEXT).inner_text() == "提交"
            page.keyboard.press("Enter")
            if last and not page.locator("#faults").count():
                page.wait_for_url("**/thanks/**")
    assert "/thanks/" in page.url
    assert lobby.town.count("responses") == 1


def choose_by_arrows(page, name):
    wanted = HEAN.answers.get(name)
    page.keyboard.press("Space")
    for _ in range(12):
        if page.evaluate("document.activeElement.value") == wanted:
            return
        page.keyboard.press("ArrowDown")


WIDTH_STATES = [first, main_page, finished, with_faults, *LARGE[:3], enough, withdrawing]


@pytest.mark.parametrize("state", WIDTH_STATES, ids=lambda one: one.__name__)
@pytest.mark.parametrize("width", [320, 390])
def test_nothing_scrolls_sideways_also_with_twice_the_text(lobby, state, width):
    page = state(lobby)
    page.set_viewport_size({"width": width, "height": 700})
    twice = "300%" if "large" in state.__name__ else "200%"
    for size in ("", twice):
        page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, size


@pytest.mark.parametrize(("large", "text", "target"), [(False, 18, 48), (True, 24, 60)])
def test_text_and_targets_are_large(lobby, large, text, target):
    page = elder(lobby) if large else first(lobby)
    for _ in range(2):
        answer_page(page, HEAN.answers)
        page.locator(NEXT).click()
    sizes = page.evaluate(
        """() => Array.from(document.querySelectorAll(
             'div[data-page]:not([hidden]) :is(.choice, .field), .actions .button:not([hidden])'))
           .filter(e => e.offsetParent).map(e => e.getBoundingClientRect().height)"""
    )
    assert len(sizes) > 40
    assert min(sizes) >= target
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= text


def test_elder_mode_reads_aloud_where_the_browser_can(lobby):
    spoken = "window.said = []; speechSynthesis.speak = one => said.push(one.text);"
    lobby.visitor.context.add_init_script(spoken)
    page = elder(lobby)
    buttons = page.locator(".aloud:visible")
    assert buttons.count() == 2  # what the survey is, and the question of consent
    buttons.first.click()
    assert page.locator(".note:visible").inner_text() in page.evaluate("said.join()")
    buttons.last.click()
    assert "您是否同意参加本次调查" in page.evaluate("said.join()")
