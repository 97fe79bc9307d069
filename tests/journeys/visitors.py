"""People with a real browser: what they ask for, what goes wrong, and how they answer."""

from urllib.parse import urlsplit

PHONE = {"width": 390, "height": 844}
WATCH = """
  document.addEventListener("securitypolicyviolation",
    e => console.error("CSP " + e.violatedDirective + " " + e.blockedURI));
"""


class Visitor:
    """A browser that remembers what it asked for and what went wrong."""

    def __init__(self, browser, base, **options):
        self.base = base
        self.context = browser.new_context(locale="zh-CN", **options)
        self.context.add_init_script(WATCH)
        self.page = self.context.new_page()
        self.wrong, self.requests = [], []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self._asked)

    def _asked(self, request):
        self.requests.append(request)

    def _heard(self, message):
        if message.type in {"error", "warning"}:
            self.wrong.append(message.text)

    def log_in(self, username, password):
        self.page.goto(f"{self.base}/login")
        self.page.fill("#username", username)
        self.page.fill("#password", password)
        self.page.click("main button")
        assert "/login" not in self.page.url
        return self

    def check_quiet(self):
        """Nothing was blocked, nothing failed, and nothing left this host."""
        host = urlsplit(self.base).netloc.lower()
        hosts = {urlsplit(r.url).netloc.lower() for r in self.requests if r.url.startswith("http")}
        assert hosts == {host}
        assert self.wrong == []


def answer_page(page, answers):
    """Fill in what can be seen, from top to bottom, as a person does."""
    for name in answers:
        for code in answers[name].split():
            box = page.locator(f"input[name='{name}'][value='{code}']:visible")
            if box.count():
                box.check()
        typed = ":is(textarea, input[type=text], input[type=date])"
        field = page.locator(f"{typed}[name='{name}']:visible")
        if field.count():
            field.fill(answers[name])
            field.blur()  # what depends on it comes up when the field is left


def answer_all(page, answers):
    """Answer page after page; the last is sent by a double tap. What that sent is returned."""
    sent = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    while page.locator("form#answers").count():
        answer_page(page, answers)
        button = page.locator("form#answers .actions button").first
        if button.inner_text() == "提交":
            button.dblclick()
            page.wait_for_url("**/thanks/**")
        else:
            with page.expect_navigation():
                button.click()
            assert page.locator("#faults").count() == 0, page.locator("#faults").inner_text()
    return sent[-1]
