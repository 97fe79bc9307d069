"""Words for verdicts, reasons and kinds: complete in both languages."""

from dataclasses import replace

import pytest

from analysis.presentation import Decision, Display, present_rate, present_score
from analysis.study.run import estimate_one
from survey import wording
from survey.folders import read_study_folder
from tests.survey.reporting.conftest import YUNHE


@pytest.fixture(scope="module")
def row():
    study = read_study_folder(YUNHE).folder.study
    done, _ = estimate_one(study, study.plan.samples[0])
    return done[0].rows[0]


def test_the_verdicts_are_in_the_wording_of_the_field():
    assert {one.value: wording.DECISIONS[one]["zh"] for one in Decision} == {
        "met": "有把握达到目标",
        "not_met": "有把握未达到",
        "undecided": "样本不足以判断",
        "indicative": "仅供参考,不判定",
    }
    assert wording.SELF_ASSESSMENT["zh"] == "本结果为自测,不代表测评结论。"
    assert wording.REVIEW["zh"] == "待统计人员复核,暂不用于考核"
    assert wording.DISTINGUISHABLE["yes"]["zh"] == "差异超出抽样误差"


def test_everything_has_both_languages():
    for table in (wording.DECISIONS, wording.KINDS, wording.DISTINGUISHABLE, wording.LEVELS):
        for words in table.values():
            assert set(words) == {"zh", "en"}
            assert all(words.values())


def every_reason():
    """Whatever the rules of presentation can answer, from many inputs."""
    found = set()
    for n in (10, 100):
        for n_eff in (10, 100):
            for width in (0.01, 0.1, 0.4):
                for p in (0.05, 0.5):
                    for df in (1, 20):
                        for edge in (True, False):
                            shown = present_rate(
                                p=p, n=n, edge=edge, df=df, n_eff=n_eff, width=width, minimum_n=30
                            )
                            found.add((shown.display, shown.reason))
                        shown = present_score(n=n, df=df, width=width, scale=1, minimum_n=30)
                        found.add((shown.display, shown.reason))
    found.add((Display.SUPPRESS, "df=0"))
    return sorted(found)


@pytest.mark.parametrize(("display", "reason"), every_reason())
@pytest.mark.parametrize("kind", ["", "opt-in ", "quota "])
def test_every_reason_has_words(row, display, reason, kind):
    given = replace(row, display=display, reason=kind + reason)
    zh, en = wording.reason_text(given, "zh"), wording.reason_text(given, "en")
    if display is Display.SHOW:
        assert zh == en == ""
        return
    assert reason not in zh
    assert reason not in en
    head = wording.SUPPRESSED if display is Display.SUPPRESS else wording.REVIEW
    assert zh.startswith(f"{head['zh']}(")
    assert en.startswith(f"{head['en']} (")
