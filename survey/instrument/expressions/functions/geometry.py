"""Functions on points of the earth, a sphere here: length of a line, area of a polygon."""

import math
from itertools import pairwise

from survey.instrument.expressions.context import Context
from survey.instrument.expressions.functions.numbers import half_away
from survey.instrument.expressions.functions.registry import Function
from survey.instrument.expressions.values import SPACE, NodeSet, Value

_RADIUS = 6_378_100.0  # metres, at the equator
_WORK_OF_POINT = 20


def _points(context: Context, args: list[Value]) -> list[tuple[float, float]] | None:
    """Latitude and longitude in radians; None if one text is no point."""
    texts: list[str] = []
    for value in args:
        if isinstance(value, NodeSet) and len(value) > 1:
            texts += [node.text for node in value]
        else:
            texts += context.string(value).split(";")
    context.allowance.spend(_WORK_OF_POINT * len(texts))
    points: list[tuple[float, float]] = []
    for text in texts:
        numbers = [context.number(part) for part in text.strip(SPACE).split(" ")]
        if not _is_point(numbers):
            return None
        points.append((math.radians(numbers[0]), math.radians(numbers[1])))
    return points


def _is_point(numbers: list[float]) -> bool:
    """``lat lon [altitude [accuracy]]`` in degrees and metres."""
    if len(numbers) < 2 or any(map(math.isnan, numbers)):
        return False
    latitude, longitude = numbers[:2]
    accurate = len(numbers) < 4 or numbers[3] >= 0
    return abs(latitude) <= 90 and abs(longitude) <= 180 and accurate


def _distance(context: Context, args: list[Value]) -> float:
    """Metres along great circles, to the centimetre."""
    points = _points(context, args)
    if points is None:
        return math.nan
    total = 0.0
    for (lat1, lon1), (lat2, lon2) in pairwise(points):
        cosine = math.sin(lat1) * math.sin(lat2) + math.cos(lat1) * math.cos(lat2) * math.cos(
            lon1 - lon2
        )
        # Rounding can carry the cosine of two equal points a little above 1.
        total += math.acos(min(max(cosine, -1.0), 1.0)) * _RADIUS
    return abs(half_away(total * 100)) / 100


def _area(context: Context, args: list[Value]) -> float:
    """Square metres inside a line of points, closed if it is not; two decimals."""
    points = _points(context, args)
    if points is None:
        return math.nan
    total = 0.0
    if len(points) > 2:
        for (lat1, lon1), (lat2, lon2) in pairwise([*points, points[0]]):
            total += (lon2 - lon1) * (2 + math.sin(lat1) + math.sin(lat2))
    return abs(half_away(total * _RADIUS * _RADIUS / 2 * 100)) / 100


def _geofence(context: Context, args: list[Value]) -> bool:
    """Whether a point lies inside a line of points, closed if it is not: the even-odd rule."""
    point, fence = _points(context, args[:1]), _points(context, args[1:])
    if not point or not fence:
        return False
    latitude, longitude = point[0]
    inside = False
    for (lat1, lon1), (lat2, lon2) in pairwise([*fence, fence[0]]):
        if (lat1 > latitude) is not (lat2 > latitude) and longitude < lon1 + (lon2 - lon1) * (
            latitude - lat1
        ) / (lat2 - lat1):
            inside = not inside
    return inside


GEOMETRY = {
    "area": Function(1, 1, _area),
    "distance": Function(1, None, _distance),
    "geofence": Function(2, 2, _geofence),
}
