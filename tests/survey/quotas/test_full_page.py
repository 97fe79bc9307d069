"""Whoever comes when his part is full is thanked, and learns nothing of anybody else."""

import re

import pytest
from flask import render_template

from survey.models import Study
from tests import markup

WORDS = {"zh": ("谢谢您", "没有保存"), "en": ("Thank you", "Nothing of yours was stored")}


def page(town, language, **more):
    with town.app.test_request_context(f"/?lang={language}"), town.session() as session:
        study = session.get_one(Study, "live")
        return markup.read(render_template("answering/full.html", study=study, **more))


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("elder", [False, True])
def test_the_page_thanks_and_says_that_nothing_was_stored(town, language, elder):
    root = page(town, language, elder=elder)
    for words in WORDS[language]:
        assert words in root.text
    assert ("elder" in (root.find_all("html")[0].get("class") or "")) is elder


@pytest.mark.parametrize("language", WORDS)
def test_the_page_names_no_area_group_or_number(town, language):
    (done,) = page(town, language).by_class("done")
    assert not re.search(r"[0-9%]|街道|社区|岁|full of|years", done.text)


def test_links_that_need_an_address_stand_only_where_the_page_has_one(town):
    assert not page(town, "zh").by_class("tools")[0].find_all("a")
    links = page(town, "zh", standing=True).by_class("tools")[0].find_all("a")
    assert [one.get("href") for one in links] == ["?lang=zh&elder=1", "?lang=en"]
