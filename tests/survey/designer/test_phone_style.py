"""The phones of the preview look like the resident's own page; the page around them does not."""

import re
from urllib.parse import urlsplit

import pytest

from survey.designer.phone_style import scoped
from survey.designer.views import PHONE_STYLE
from survey.headers import STATIC
from survey.models import Role

# Of every element that the resident's page and the preview both have.
COMPARED = """
  element => {
    const all = getComputedStyle(element);
    const names = ["font-size", "font-weight", "font-family", "line-height", "color", "width",
      "background-color", "border-top-width", "border-top-color", "border-top-style",
      "border-top-left-radius", "padding-top", "padding-left", "margin-top", "margin-bottom",
      "margin-left", "min-height", "height", "display", "float", "box-sizing", "white-space",
      "text-align", "overflow-wrap", "gap"];
    return Object.fromEntries(names.map(name => [name, all.getPropertyValue(name)]));
  }
"""
ON_THE_FIRST_PAGE = [
    ("p.note", "p.note"),
    ("fieldset.question", "fieldset.question"),
    ("legend.label", "legend.label"),
    ("p.hint:not(.maybe)", "p.hint:not(.maybe)"),
    ("label.choice", "label.choice"),
    ("label.choice input", "label.choice input"),
    ("label.choice span", "label.choice span"),
    (".progress", ".progress"),
    (".actions .button", ".actions .button"),
]


@pytest.fixture
def visit(browser, desk):
    """Opens pages of the app in Chromium with a client's login; nothing leaves the process."""
    made = []

    def opened(path, client, **options):
        context = browser.new_context(**options)
        made.append(context)
        wrong = []

        def answer(route):
            parts = urlsplit(route.request.url)
            reply = client.get(f"{parts.path}?{parts.query}", buffered=True)
            headers = {k: v for k, v in reply.headers if k not in {"Set-Cookie", "Content-Length"}}
            route.fulfill(status=reply.status_code, headers=headers, body=reply.data)

        context.route("**/*", answer)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.goto(f"https://minyi.test{path}")
        return page, wrong

    yield opened
    for context in made:
        context.close()


PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "device_scale_factor": 1}
DESK = {"viewport": {"width": 1280, "height": 800}}


@pytest.mark.parametrize("large", [False, True], ids=["standard", "elder"])
def test_a_phone_of_the_preview_looks_like_the_page(visit, desk, large):
    query = f"?elder={int(large)}"
    code = desk.place()
    # Without its script, which adds a button to each question of the elder view.
    phone = {**PHONE, "java_script_enabled": False}
    resident, _ = visit(f"/q/{code}{query}", desk.app.test_client(), **phone)
    preview, _ = visit(desk.path(f"1/{query}"), desk.client("analyst"), **DESK)
    screen = preview.locator(".screen").first
    assert screen.bounding_box()["width"] == 390 + 2 * 4  # and the frame
    for own, drawn in ON_THE_FIRST_PAGE:
        assert resident.locator(own).count() >= 1, own
        there = resident.locator(own).first.evaluate(COMPARED)
        here = screen.locator(drawn).first.evaluate(COMPARED)
        assert here == there, own


def test_without_the_rules_at_its_edge_it_would_not(visit, desk):
    """Control: the page around a phone has rules for the same names."""
    preview, _ = visit(desk.path("1/"), desk.client("analyst"), **DESK)
    note = preview.locator(".screen p.note").first
    assert note.evaluate("one => getComputedStyle(one).borderLeftWidth") == "0px"
    preview.locator(".screen").first.evaluate("one => one.classList.remove('screen')")
    outside = preview.locator("p.note").first
    assert outside.evaluate("one => getComputedStyle(one).borderLeftWidth") == "4px"


def test_the_rules_of_the_phone_stay_in_it(visit, desk):
    preview, wrong = visit(desk.path("1/"), desk.client("analyst"), **DESK)
    heading = preview.locator("h1").evaluate("one => getComputedStyle(one).fontSize")
    assert heading == "24px"  # 1.5 rem of the page's own
    body = preview.locator("body").evaluate("one => getComputedStyle(one).maxWidth")
    assert body == "none"
    assert wrong == []


def test_the_switch_hides_what_stands_beside_the_questions(visit, desk):
    preview, _ = visit(desk.path("1/"), desk.client("analyst"), **DESK)
    rules = preview.locator(".beside li:visible")
    assert rules.count() > 50
    preview.locator("#show-rules").uncheck()
    assert rules.count() == 0
    preview.locator("#show-rules").check()
    assert rules.count() > 50


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_never_scrolls_sideways(visit, desk, width):
    options = {"viewport": {"width": width, "height": 800}}
    for rest in ("", "1/"):
        page, wrong = visit(desk.path(rest), desk.client("analyst"), **options)
        scrolled = page.evaluate("document.documentElement.scrollWidth")
        assert scrolled <= width, rest
        assert wrong == []


def test_every_rule_of_the_residents_style_is_held_to_the_phone():
    css = (STATIC / "resident.css").read_text(encoding="utf-8")
    assert PHONE_STYLE.count("{") == css.count("{") + 2  # the phone, and the end of the page
    inside = PHONE_STYLE.partition("{")[2]
    assert not re.search(r"(?<![\w-])(?:html|body|:root)(?![\w-])", inside)
    assert not re.search(r"\drem\b", inside)
    assert "@import" not in css
    assert "@font-face" not in css  # neither can be nested


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("html { a: 1rem }", "& { a: calc(1 * var(--rem)) }"),
        ("html.elder .x, body > p { a: -.5rem 2px }",
         "&.elder .x, & > p { a: calc(-.5 * var(--rem)) 2px }"),
        (".elder :is(.x, .y), p .elderly { a: b }", "&.elder :is(.x, .y), p .elderly { a: b }"),
        (":root { --a: 1px }", "& { --a: 1px }"),
        ("@media (max-width: 20rem) { .a { b: 1rem } }",
         "@media (max-width: 20rem) { .a { b: calc(1 * var(--rem)) } }"),
        ("/* body { */ .body-text, .html { a: b }", ".body-text, .html { a: b }"),
        (".a { b: 10remote }", ".a { b: 10remote }"),
    ],
)  # fmt: skip
def test_selectors_and_sizes_become_those_of_a_phone(css, expected):
    nested = " ".join(scoped(css, ".phone").split())
    assert nested.endswith(f"{expected}}}")
    assert "/*" not in nested  # a brace in a comment is none


def test_the_style_is_for_those_who_may_see_a_questionnaire(desk):
    assert desk.client("official", Role.OFFICIAL).get("/forms/phone.css").status_code == 403
    reply = desk.client("analyst").get("/forms/phone.css")
    assert reply.mimetype == "text/css"
