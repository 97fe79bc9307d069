"""Dots and intervals as SVG, drawn from numbers: one in each row of a table, and their scale.

Places are percentages and sizes are CSS pixels, so that a picture fills the box it is given while
its marks and its text keep their size: a view box would shrink the text on a phone. Colours are
presentation attributes: the pages allow no inline style. Each state has a shape of its own.
"""

from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup

INK = "#1b2430"
SOFT = "#4d5866"
GRID = "#d5dce3"
TARGET = "#6b3fa0"

STRIP_HEIGHT = 28
AXIS_HEIGHT = 22
HALF_MARK = 5.5
BOX_HEIGHT = 20  # of a model interval: taller than a mark, which would hide a short one
PADDING = 4.0  # per cent on either side, so that a mark at the edge is whole
_NARROWEST_TICKS = 6


class State(StrEnum):
    """What is known of a figure against its target: the values of ``decision``, and three more."""

    MET = "met"
    NOT_MET = "not_met"
    UNDECIDED = "undecided"
    INDICATIVE = "indicative"
    REVIEW = "review"
    NONE = "none"
    SUPPRESSED = "suppressed"


COLOURS = {
    State.MET: "#1a6b3c",
    State.NOT_MET: "#b3261e",
    State.UNDECIDED: "#7a5200",
    State.INDICATIVE: "#3d5a80",
    State.REVIEW: SOFT,
    State.NONE: "#14507a",
}


@dataclass(frozen=True, slots=True)
class _Figure:
    """What one strip shows, in the units of the axis; none where withheld."""

    estimate: float | None
    low: float | None
    high: float | None
    state: State

    def figures(self) -> tuple[float, float, float] | None:
        """Return estimate, low and high; none when withheld or not all known."""
        if self.state is State.SUPPRESSED:
            return None
        if self.estimate is None or self.low is None or self.high is None:
            return None
        return self.estimate, self.low, self.high


@dataclass(frozen=True, slots=True)
class Axis:
    """The range that a picture shows: proportions from 0 to 1 unless told otherwise.

    ``percent`` prints proportions as percentages; points of a score are printed as they are.
    """

    low: float = 0.0
    high: float = 1.0
    percent: bool = True

    def __post_init__(self) -> None:
        if not self.low < self.high:
            message = f"an axis runs from low to high, not from {self.low} to {self.high}"
            raise ValueError(message)

    def place(self, value: float) -> float:
        """Return how far to the right a value stands, in per cent of the width; cut to the axis."""
        inside = min(max(value, self.low), self.high)
        share = (inside - self.low) / (self.high - self.low)
        return PADDING + share * (100 - 2 * PADDING)

    def shows(self, value: float) -> bool:
        return self.low <= value <= self.high

    def ticks(self) -> list[float]:
        """Return 3 to 6 round values from low to high."""
        span = self.high - self.low
        steps = (m * 10.0**e for e in range(-6, 10) for m in (1, 2, 2.5, 5))
        step = next(s for s in steps if span / s < _NARROWEST_TICKS - 1e-9)
        first = -(-(self.low - step * 1e-9) // step)
        count = int((self.high + step * 1e-9) // step - first) + 1
        return [round((first + i) * step, 9) + 0.0 for i in range(count)]

    @property
    def unit(self) -> str:
        return "%" if self.percent else ""

    def printed(self, value: float) -> str:
        """Return a value of the data with one decimal, without the unit."""
        return f"{100 * value if self.percent else value:.1f}"

    def printed_tick(self, value: float) -> str:
        """Return a value of the scale as short as it can be, with the unit."""
        return f"{self.printed_mark(value)}{self.unit}"

    def printed_mark(self, value: float) -> str:
        """Return a value of the scale without the unit, where room is scarce."""
        return f"{100 * value if self.percent else value:.12g}"


def interval_strip(
    estimate: float | None,
    low: float | None,
    high: float | None,
    *,
    target: float | None = None,
    dashed: bool = False,
    state: State | str = State.NONE,
    axis: Axis | None = None,
    chinese: bool = True,
) -> Markup:
    """Return the picture of one figure for one cell of a table.

    Strips of one axis and one column line up with each other and with ``axis_strip``. ``dashed``
    marks the interval of a model. A figure that is suppressed shows a dash and no place.
    """
    axis = axis or Axis()
    row = _Figure(estimate, low, high, State(state))
    return _SVG.format(
        kind="strip",
        height=STRIP_HEIGHT,
        title=_sentence(row, axis, target, dashed=dashed, chinese=chinese),
        drawn=_background(axis, target) + _figure(row, axis, dashed=dashed),
    )


def axis_strip(
    target: float | None = None, *, axis: Axis | None = None, chinese: bool = True
) -> Markup:
    """Return the scale for the head of a column of strips, with the target named."""
    axis = axis or Axis()
    scale = ", ".join(axis.printed_tick(value) for value in axis.ticks())
    title = f"刻度:{scale}" if chinese else f"Scale: {scale}"
    if target is not None:
        title += f"{';目标 ' if chinese else '; target '}{axis.printed_tick(target)}"
    return _SVG.format(
        kind="strip axis",
        height=_axis_height(target),
        title=title,
        drawn=_scale(axis, target, _axis_height(target), chinese=chinese),
    )


# What format() is given is escaped, except what is Markup already.
_SVG = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" class="{kind}" width="100%" height="{height}"'
    ' overflow="visible" role="img"><title>{title}</title>{drawn}</svg>'
)
# The halo keeps a text readable where a line of the grid runs behind it.
_TEXT = Markup(
    '<text x="{x}%" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"'
    ' stroke="#fff" stroke-width="4" paint-order="stroke">{text}</text>'
)
_UPRIGHT = Markup(
    '<line x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="100%" stroke="{stroke}" stroke-width="{width}"/>'
)
_INTERVAL = Markup(
    '<line class="interval" x1="{low:.2f}%" x2="{high:.2f}%" y1="50%" y2="50%"'
    ' stroke="{stroke}" stroke-width="2.5"/>'
)
# A dashed box: the dashes of a line as short as its mark could not be seen.
_MODEL_INTERVAL = Markup(
    '<rect class="interval model" x="{low:.2f}%" y="50%" width="{width:.2f}%" height="{height}"'
    ' transform="translate(0 -{half})" fill="none" stroke="{stroke}" stroke-width="1.5"'
    ' stroke-dasharray="3 2"/>'
)
# Only a nested picture can be placed in per cent and drawn in pixels around that place.
_MARK = Markup(
    '<svg class="{kind}" x="{x:.2f}%" y="50%" overflow="visible">'
    '<path d="{path}" fill="{fill}" stroke="{stroke}" stroke-width="2"/></svg>'
)
_WITHHELD = Markup(
    '<svg class="withheld" x="50%" y="50%" overflow="visible">'
    '<text y="5" text-anchor="middle" font-size="14" fill="{fill}">—</text></svg>'
)
_CAP = "M0 -5v10"
_R = HALF_MARK
_CIRCLE = f"M-{_R} 0a{_R} {_R} 0 1 0 {2 * _R} 0a{_R} {_R} 0 1 0 -{2 * _R} 0z"
_DIAMOND = f"M-{_R} 0L0 -{_R}L{_R} 0L0 {_R}z"
_TRIANGLE = f"M0 -{_R + 1}L{_R + 1} {_R - 1}L-{_R + 1} {_R - 1}z"
_SQUARE = f"M-{_R - 0.5} -{_R - 0.5}h{2 * _R - 1}v{2 * _R - 1}h-{2 * _R - 1}z"
# Filled shapes say something sure, hollow ones do not.
_SHAPES = {
    State.MET: (_CIRCLE, True),
    State.NOT_MET: (_SQUARE, True),
    State.UNDECIDED: (_CIRCLE, False),
    State.INDICATIVE: (_DIAMOND, False),
    State.REVIEW: (_TRIANGLE, False),
    State.NONE: (_CIRCLE, True),
}


def _figure(row: _Figure, axis: Axis, *, dashed: bool) -> Markup:
    """Return interval and mark; a cap only where a limit lies within the axis."""
    figures = row.figures()
    if figures is None:
        return _WITHHELD.format(fill=SOFT)
    estimate, low, high = figures
    colour = COLOURS[row.state]
    drawn = [_box(axis, low, high, colour)] if dashed else _whiskers(axis, low, high, colour)
    if axis.shows(estimate):
        path, filled = _SHAPES[row.state]
        fill = colour if filled else "#fff"
        kind = f"mark {row.state.value}"
        x = axis.place(estimate)
        drawn.append(_MARK.format(kind=kind, x=x, path=path, fill=fill, stroke=colour))
    return Markup().join(drawn)


def _whiskers(axis: Axis, low: float, high: float, colour: str) -> list[Markup]:
    line = _INTERVAL.format(low=axis.place(low), high=axis.place(high), stroke=colour)
    caps = [
        _MARK.format(kind="cap", x=axis.place(limit), path=_CAP, fill="none", stroke=colour)
        for limit in (low, high)
        if axis.shows(limit)
    ]
    return [line, *caps]


def _box(axis: Axis, low: float, high: float, colour: str) -> Markup:
    """Return the dashed box of a model interval, open to the side where it leaves the axis."""
    left = axis.place(low) if axis.shows(low) else 0.0
    right = axis.place(high) if axis.shows(high) else 100.0
    return _MODEL_INTERVAL.format(
        low=left, width=right - left, height=BOX_HEIGHT, half=BOX_HEIGHT // 2, stroke=colour
    )


def _background(axis: Axis, target: float | None) -> Markup:
    """Return the lines of the scale and of the target, over the whole height."""
    drawn = [_UPRIGHT.format(x=axis.place(v), stroke=GRID, width=1) for v in axis.ticks()]
    if target is not None and axis.shows(target):
        drawn.append(_UPRIGHT.format(x=axis.place(target), stroke=TARGET, width=2))
    return Markup().join(drawn)


def _axis_height(target: float | None) -> int:
    """Return the height of the scale: a second line of text where a target is named."""
    return AXIS_HEIGHT if target is None else AXIS_HEIGHT + 16


def _scale(axis: Axis, target: float | None, height: int, *, chinese: bool) -> Markup:
    """Return the numbers of the axis in its last line, and the target above it."""
    drawn = []
    for value in axis.ticks():
        x, text = f"{axis.place(value):.2f}", axis.printed_mark(value)
        drawn.append(
            _TEXT.format(x=x, y=height - 6, anchor="middle", fill=SOFT, size=12, text=text)
        )
    if target is not None and axis.shows(target):
        place = axis.place(target)
        text = f"{'目标' if chinese else 'Target'} {axis.printed_tick(target)}"
        # Near an edge the name grows inwards.
        anchor = "start" if place < 25 else "end" if place > 75 else "middle"
        x = f"{place:.2f}"
        drawn.append(_TEXT.format(x=x, y=14, anchor=anchor, fill=TARGET, size=12, text=text))
    return Markup().join(drawn)


def _sentence(
    row: _Figure, axis: Axis, target: float | None, *, dashed: bool, chinese: bool
) -> str:
    """Return the figure in words, for those who hear the page."""
    figures = row.figures()
    if figures is None:
        return "暂不发布(样本不足)" if chinese else "withheld (sample too small)"
    estimate, low, high = (axis.printed(value) for value in figures)
    if chinese:
        kind, goal, comma = "模型区间" if dashed else "置信区间", "目标", ","
    else:
        kind, goal, comma = f"{'model' if dashed else 'confidence'} interval", "target", ", "
    text = f"{estimate}{axis.unit}{comma}{kind} {low}–{high}"
    return text if target is None else f"{text}{comma}{goal} {axis.printed_tick(target)}"
