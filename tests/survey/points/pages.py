"""What tests of the points pages share: sending forms, finding fields, changing rows."""

from survey import db
from tests import markup
from tests.survey.accounts import world


def send(client, path, files=None, **data):
    token = world.token_on(client.get("/points/"))
    return client.post(path, data=data | (files or {}) | {"csrf_token": token})


def read(client, path):
    reply = client.get(path)
    assert reply.status_code == 200, (path, reply.status_code)
    return markup.read(reply.text)


def field(root, name, action):
    """The control of a name in the form of an address."""
    forms = [one for one in root.find_all("form") if one.get("action") == action]
    return next(one for one in forms[0].walk() if one.get("name") == name)


def said(root):
    """The faults at the top of a page."""
    return [item.text for box in root.by_class("summary") for item in box.find_all("li")]


def rows(root):
    """The first column of the table's rows."""
    return [
        one.find_all("th")[0].text
        for one in root.find_all("tr")
        if one.parent.tag == "tbody" and one.find_all("th")
    ]


def change(url, model, number, **values):
    with db.open_session(url) as session:
        for name, value in values.items():
            setattr(session.get_one(model, number), name, value)


def id_of(url, code):
    """Id of a place or a sample by its code."""
    table = "samples" if code.startswith("N1") else "entry_points"
    return world.scalar(url, f"SELECT id FROM {table} WHERE code = '{code}'")


def acts(url):
    """The acts of the audit log, oldest first, with what they were done to."""
    with db.open_session(url) as session:
        query = "SELECT act, subject, details FROM audit_events ORDER BY id"
        found = session.connection().exec_driver_sql(query).all()
    return [tuple(row) for row in found if row.act.startswith("point.")]
