"""A person who answers without JavaScript: reads the form of a page, fills it in, sends it."""

from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict

from survey.sheet import HONEYPOT


class Paper(HTMLParser):
    """The form of a page: hidden fields, controls with what stands in them, and where it goes.

    ``controls`` maps a name to its kind; ``filled`` to the texts that stand there or are ticked;
    ``choices`` to the codes that are offered.
    """

    def __init__(self, html):
        super().__init__()
        self.html = html
        self.action = None
        self.hidden, self.controls, self.filled, self.choices = {}, {}, {}, {}
        self.links, self.buttons, self.ids = [], [], set()
        self._inside, self._select, self._area, self._option = False, None, None, None
        self._templates = 0  # what stands in a template is there for the script only
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._templates += tag == "template"
        if self._templates:
            return
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id"))
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "form" and given.get("method") == "post" and given.get("id") in {"answers", None}:
            self._inside, self.action = True, given.get("action", "")
        elif tag == "button" and (self._inside or given.get("form")):
            self.buttons.append((given.get("name", ""), given.get("value", "")))
        elif self._inside and given.get("name"):
            self._control(tag, given)
        elif tag == "option" and self._select:
            self._option = "selected" in given, given.get("value")
            if self._option[1] is not None:
                self._choose(*self._option)

    def _control(self, tag, given):
        name, kind = given["name"], given.get("type", tag)
        if name == HONEYPOT:  # no person sees it
            return
        if kind == "hidden":
            self.hidden[name] = given.get("value", "")
            return
        self.controls[name] = kind
        self.filled.setdefault(name, [])
        self.choices.setdefault(name, [])
        if kind in {"radio", "checkbox"}:
            self.choices[name].append(given["value"])
            if "checked" in given:
                self.filled[name].append(given["value"])
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
        else:
            self.filled[name] = [given.get("value", "")]

    def _choose(self, is_selected, value):
        self._option = None
        self.choices[self._select].append(value)
        if is_selected:
            self.filled[self._select] = [value]

    def handle_data(self, data):
        if self._option and self._option[1] is None:  # an option whose text is its value
            self._choose(self._option[0], data.strip())
        if self._area:
            self.filled[self._area] = [data.removeprefix("\n")]

    def handle_endtag(self, tag):
        self._templates -= tag == "template"
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    @property
    def page(self):
        """The name of the page of questions; None where there are none."""
        return self.hidden.get(".page")


class Phone:
    """One visitor at one address."""

    def __init__(self, client, path):
        self.client, self.path = client, path
        self.address = path  # of the page that is shown, with its query
        self.reply = self.paper = None

    def open(self, query=""):
        self.address = self.path + query
        return self._read(self.client.get(self.address))

    def send(self, answers=None, *, press=None, **forced):
        """Fill in what this page asks and send it; ``forced`` fields go out whatever it asks."""
        return self.post(self.filled(answers, press=press, **forced))

    def filled(self, answers=None, *, press=None, **forced):
        """What a browser would send."""
        answers = answers or {}
        data = MultiDict(self.paper.hidden)
        for name, kind in self.paper.controls.items():
            texts = self.paper.filled[name]
            if name in answers:
                several = kind == "checkbox"
                texts = answers[name].split() if several else [answers[name]]
            data.setlist(name, [text for text in texts if text or kind != "radio"])
        if press:
            data[press[0]] = press[1]
        for name, text in forced.items():
            data[name] = text
        return data

    def post(self, data):
        self.address = (self.paper and self.paper.action) or self.address
        return self._read(self.client.post(self.address, data=data))

    def go_to(self, page, answers):
        """Open and answer until a page is shown."""
        self.open()
        while self.paper.page != page:
            before = self.paper.page
            self.send(answers)
            assert self.reply.status_code == 200, self.reply.text
            assert self.paper.page != before, self.reply.text
        return self

    def finish(self, answers):
        """Answer from this page to the end; the reply to the last one."""
        while self.paper.page:
            self.last = self.filled(answers)
            self.last_action = self.paper.action or self.address
            self.post(self.last)
            if self.reply.status_code != 200:
                break
        return self.reply

    def fill_in(self, answers):
        """Open and answer to the end."""
        self.open()
        return self.finish(answers)

    def again(self, **changed):
        """Send the last page once more, as a double tap or a lost reply does."""
        data = MultiDict(self.last)
        for name, text in changed.items():
            data[name] = text
        return self.client.post(self.last_action, data=data)

    def _read(self, reply):
        self.reply = reply
        self.paper = Paper(reply.text)
        return self.paper
