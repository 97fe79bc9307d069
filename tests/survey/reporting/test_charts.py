"""Pictures of rates: what they show, where they show it, and what they must not give away."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from survey.reporting import charts
from survey.reporting.charts import Axis, State, axis_strip, interval_strip

SVG = "{http://www.w3.org/2000/svg}"
DRAWN_STATES = [state for state in State if state is not State.SUPPRESSED]


def tree(markup):
    assert isinstance(markup, Markup)
    return ElementTree.fromstring(str(markup))


def by_class(root, name):
    return [node for node in root.iter() if name in (node.get("class") or "").split()]


def places(root, name, attribute="x"):
    return [float(node.get(attribute).rstrip("%")) for node in by_class(root, name)]


def texts(root):
    return [node.text for node in root.iter(f"{SVG}text")]


def uprights(root, colour):
    return [
        float(node.get("x1").rstrip("%"))
        for node in root.iter(f"{SVG}line")
        if node.get("stroke") == colour and node.get("x1") == node.get("x2")
    ]


def shape(state):
    root = tree(interval_strip(0.5, 0.4, 0.6, state=state))
    path = by_class(root, "mark")[0].find(f"{SVG}path")
    return path.get("d"), path.get("fill") == "#fff"


def test_estimate_and_limits_stand_where_the_numbers_say():
    root = tree(interval_strip(0.5, 0.25, 0.75))
    assert places(root, "mark") == [50]
    quarter = charts.PADDING + (100 - 2 * charts.PADDING) / 4
    assert places(root, "interval", "x1") == [quarter]
    assert places(root, "interval", "x2") == [100 - quarter]
    assert places(root, "cap") == [quarter, 100 - quarter]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_larger_values_stand_farther_to_the_right(first, second, third):
    low, middle, high = sorted((first, second, third))
    root = tree(interval_strip(middle, low, high))
    (left,), (right,) = places(root, "interval", "x1"), places(root, "interval", "x2")
    assert charts.PADDING <= left <= places(root, "mark")[0] <= right <= 100 - charts.PADDING


def test_the_target_is_a_line_at_its_place_in_strip_and_axis():
    strip = tree(interval_strip(0.886, 0.862, 0.907, target=0.9))
    assert uprights(strip, charts.TARGET) == [pytest.approx(Axis().place(0.9), abs=0.01)]
    assert "目标 90%" in texts(tree(axis_strip(0.9)))
    assert tree(axis_strip(0.9)).find(f"{SVG}title").text.endswith("100%;目标 90%")
    assert uprights(tree(interval_strip(0.886, 0.862, 0.907)), charts.TARGET) == []


def test_strips_and_their_axis_use_the_same_places():
    axis = Axis(0.5, 1)
    strip = tree(interval_strip(0.8, 0.7, 0.9, axis=axis))
    head = tree(axis_strip(axis=axis))
    numbers = {node.text: float(node.get("x").rstrip("%")) for node in head.iter(f"{SVG}text")}
    assert uprights(strip, charts.GRID) == list(numbers.values())
    assert places(strip, "mark") == [numbers["80"]]


@pytest.mark.parametrize("dashed", [True, False])
def test_only_a_model_interval_is_dashed(dashed):
    picture = interval_strip(0.93, 0.918, 0.94, dashed=dashed, state="indicative")
    lines = [node for node in tree(picture).iter() if node.get("stroke-dasharray")]
    assert len(lines) == dashed
    assert ("模型区间" in str(picture)) == dashed
    assert ("置信区间" in str(picture)) != dashed


def test_the_dashes_of_a_model_interval_reach_beyond_its_mark_however_short_it_is():
    root = tree(interval_strip(0.93, 0.9295, 0.9305, dashed=True))
    (box,) = by_class(root, "interval")
    height = float(box.get("height"))
    assert height >= 2 * charts.HALF_MARK + 6
    assert box.get("transform") == f"translate(0 -{height / 2:g})"  # centred on the mark


def test_a_model_interval_stands_where_the_numbers_say():
    (box,) = by_class(tree(interval_strip(0.5, 0.25, 0.75, dashed=True)), "interval")
    left, width = (float(box.get(name).rstrip("%")) for name in ("x", "width"))
    quarter = charts.PADDING + (100 - 2 * charts.PADDING) / 4
    assert (left, left + width) == (quarter, 100 - quarter)


def test_a_model_interval_that_leaves_the_axis_runs_out_of_the_picture():
    root = tree(interval_strip(0.55, 0.42, 1.2, dashed=True, axis=Axis(0.5, 1)))
    (box,) = by_class(root, "interval")
    assert (box.get("x"), box.get("width")) == ("0.00%", "100.00%")


def test_every_state_has_a_shape_of_its_own_besides_its_colour():
    known = [state for state in DRAWN_STATES if state is not State.NONE]
    assert len({shape(state) for state in known}) == len(known)
    # No target is no claim: it may look like "met", beside which it never stands.
    assert shape(State.NONE) == shape(State.MET)
    assert set(charts.COLOURS) == set(DRAWN_STATES)


def test_only_sure_states_are_filled():
    hollow = {state for state in DRAWN_STATES if shape(state)[1]}
    assert hollow == {State.UNDECIDED, State.INDICATIVE, State.REVIEW}


@pytest.mark.parametrize(
    ("figures", "state"),
    [
        ((0.7123, 0.6034, 0.8392), State.SUPPRESSED),
        ((None, None, None), State.NONE),
        ((0.7123, None, None), State.MET),
    ],
    ids=["suppressed", "no figures", "no interval"],
)
@pytest.mark.parametrize("dashed", [True, False])
def test_a_withheld_figure_is_an_empty_line_with_a_dash(figures, state, dashed):
    picture = interval_strip(*figures, target=0.9, state=state, dashed=dashed)
    root = tree(picture)
    assert not by_class(root, "mark")
    assert not by_class(root, "interval")
    assert len(by_class(root, "withheld")) == 1
    assert "暂不发布" in str(picture)
    assert not re.search(r"71\.2|60\.3|83\.9", str(picture))


def test_an_unknown_state_is_refused():
    with pytest.raises(ValueError, match="excellent"):
        interval_strip(0.5, 0.4, 0.6, state="excellent")


def test_an_interval_that_leaves_the_axis_is_cut_without_a_cap():
    root = tree(interval_strip(0.55, 0.42, 0.68, axis=Axis(0.5, 1)))
    assert places(root, "interval", "x1") == [charts.PADDING]
    assert len(places(root, "cap")) == 1
    assert len(places(root, "mark")) == 1


def test_an_estimate_outside_the_axis_has_no_mark():
    root = tree(interval_strip(0.45, 0.42, 0.68, axis=Axis(0.5, 1)))
    assert places(root, "mark") == []


@pytest.mark.parametrize("bounds", [(1, 0), (0.5, 0.5), (float("nan"), 1)])
def test_an_axis_that_does_not_run_upwards_is_refused(bounds):
    with pytest.raises(ValueError, match="from low to high"):
        Axis(*bounds)


@pytest.mark.parametrize(
    ("axis", "expected"),
    [
        (Axis(), [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (Axis(0.5, 1), [0.5, 0.6, 0.7, 0.8, 0.9, 1]),
        (Axis(0.2, 0.8), [0.2, 0.4, 0.6, 0.8]),
        (Axis(0, 100, percent=False), [0, 20, 40, 60, 80, 100]),
        (Axis(-0.1, 0.1), [-0.1, -0.05, 0, 0.05, 0.1]),
    ],
)
def test_ticks_are_round(axis, expected):
    assert axis.ticks() == expected


@given(st.floats(-1000, 1000), st.floats(0.001, 1000))
def test_there_are_two_to_six_ticks_within_the_axis(low, span):
    axis = Axis(low, low + span)
    ticks = axis.ticks()
    assert 2 <= len(ticks) <= 6
    assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in ticks)


def test_a_score_is_printed_in_points():
    axis = Axis(0, 100, percent=False)
    strip = tree(interval_strip(67.9, 65.9, 69.9, axis=axis, target=70))
    assert strip.find(f"{SVG}title").text == "67.9,置信区间 65.9–69.9,目标 70"
    assert "目标 70" in texts(tree(axis_strip(70, axis=axis)))


def test_a_picture_says_in_words_what_it_shows():
    strip = tree(interval_strip(0.886, 0.862, 0.907, target=0.9))
    assert strip.get("role") == "img"
    assert strip.find(f"{SVG}title").text == "88.6%,置信区间 86.2–90.7,目标 90%"
    model = tree(interval_strip(0.93, 0.918, 0.94, target=0.9, dashed=True, chinese=False))
    assert model.find(f"{SVG}title").text == "93.0%, model interval 91.8–94.0, target 90%"


def test_no_picture_carries_style_that_the_pages_forbid():
    for picture in (
        interval_strip(0.5, 0.4, 0.6, dashed=True, target=0.9),
        interval_strip(0.5, 0.4, 0.6, target=0.9),
        axis_strip(0.9),
    ):
        assert "style" not in str(picture)
        assert not re.search(r"\son\w+=", str(picture))
