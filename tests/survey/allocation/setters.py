"""Somebody of the staff who sets quotas, and what became of it."""

import sqlalchemy as sa

from survey.models import Role
from tests import markup
from tests.factories import PLACE, ROOT


class Setter:
    """Somebody of the staff on the pages of the quotas of those who scan a place's code."""

    def __init__(self, town, role=Role.ANALYST, area=ROOT):
        self.town, self.sample = town, town.samples[PLACE]
        self.client = town.user(role, username=f"{role.value}-{area}", area=area)

    def get(self, path="", sample=None, **query):
        return self.client.get(f"/quotas/{sample or self.sample}{path}", query_string=query)

    def post(self, path="", sample=None, **data):
        token = markup.read(self.client.get("/").text).find_all("input")[0].get("value")
        return self.client.post(
            path if path.startswith("/quotas") else f"/quotas/{sample or self.sample}{path}",
            data=data | {"csrf_token": token},
        )

    def upload(self, data, name="quotas.csv"):
        return self.post("/upload", file=(data, name))


def faults(reply):
    """Links of the list of faults: to which field, with what sentence."""
    (box,) = markup.read(reply.text).by_class("summary")
    return {one.get("href"): one.text for one in box.find_all("a")}


def stored(town):
    """Area, variable, value, most and taken of every quota."""
    query = "SELECT area_code, variable, value, most, taken FROM quotas ORDER BY id"
    with town.session() as session:
        return [tuple(row) for row in session.execute(sa.text(query))]
