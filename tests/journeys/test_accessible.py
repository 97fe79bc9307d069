"""Everybody can answer: axe-core, the keyboard alone, large text, narrow screens, large targets."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.factories import HEAN
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
)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing(lobby, state):
    page = state(lobby)
    results = Axe().run(page, options=WCAG)
    assert results.violations_count == 0, results.generate_report()
    assert results.response["passes"]  # it looked at something


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


@pytest.mark.parametrize("state", [first, main_page, finished], ids=lambda one: one.__name__)
@pytest.mark.parametrize("width", [320, 390])
def test_nothing_scrolls_sideways_also_with_twice_the_text(lobby, state, width):
    page = state(lobby)
    page.set_viewport_size({"width": width, "height": 700})
    for size in ("", "200%"):
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
    assert buttons.count() == 1
    buttons.first.click()
    assert "您是否同意参加本次调查" in page.evaluate("said.join()")
