"""Pages as their readers see them: tables by heading, texts without tags."""

import re
from html.parser import HTMLParser

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.parts = []  # elements and texts in order

    def get(self, name):
        return self.attributes.get(name)

    def walk(self):
        yield self
        for part in self.parts:
            if isinstance(part, Element):
                yield from part.walk()

    def find_all(self, *tags):
        return [one for one in self.walk() if one.tag in tags]

    def by_class(self, name):
        return [one for one in self.walk() if name in (one.get("class") or "").split()]

    def by_id(self, name):
        return next((one for one in self.walk() if one.get("id") == name), None)

    @property
    def text(self):
        """What is read: without pictures' own words and scripts."""
        found = [
            part if isinstance(part, str) else part.text
            for part in self.parts
            if isinstance(part, str) or part.tag not in {"script", "style", "svg"}
        ]
        return " ".join(" ".join(found).split())


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = self.now = Element("root", {}, None)

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs), self.now)
        self.now.parts.append(element)
        if tag not in VOID:
            self.now = element

    def handle_startendtag(self, tag, attrs):
        self.now.parts.append(Element(tag, dict(attrs), self.now))

    def handle_endtag(self, tag):
        above = self.now
        while above.parent is not None and above.tag != tag:
            above = above.parent
        if above.parent is not None:
            self.now = above.parent

    def handle_data(self, data):
        self.now.parts.append(data)


def read(page):
    reader = _Reader()
    reader.feed(page)
    return reader.root


def table(root, caption):
    """Rows of the table of that caption: label -> {heading: text}."""
    for one in root.find_all("table"):
        captions = one.find_all("caption")
        if captions and captions[0].text == caption:
            return _rows(one)
    raise AssertionError(f"no table {caption}")


def _rows(element):
    head, *body = element.find_all("tr")
    names = [cell.text or "picture" for cell in head.find_all("th")]
    rows = {}
    for row in body:
        cells = row.find_all("th", "td")
        rows[cells[0].text] = dict(zip(names[1:], [cell.text for cell in cells[1:]], strict=True))
    return rows


def numbers(text):
    return re.findall(r"\d[\d,]*\.?\d*", text)
