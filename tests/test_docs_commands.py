"""What the program offers is named where a user looks: its commands, and the pages of staff."""

import re
from pathlib import Path

import pytest

from survey.accounts.navigation import LINKS
from survey.app import FEATURES
from survey.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
PREFIXES = {feature.name: feature.url_prefix for feature in FEATURES}
PAGES = sorted(
    f"{PREFIXES[blueprint]}/"
    for blueprint, _, view in (link.endpoint.partition(".") for link in LINKS)
    if view == "index"
)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_in_the_readme_or_in_operating(command):
    named = re.compile(rf"\b(minyi|make) ([a-z| ]*\| )?{re.escape(command)}\b")
    assert named.search(README + OPERATING)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_navigation_is_in_the_readme(page):
    assert f"`{page}`" in README


def test_the_pages_of_the_navigation_are_found():
    assert {"/forms/", "/results/", "/review/"} <= set(PAGES)
