"""What a check of suspicion may see of the responses of a wave."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from analysis.cells import Floats, Ints
from analysis.errors import ImpossibleInput, NotFinite, ShapesDisagree

Bools = NDArray[np.bool_]

DAY, HOUR = 86_400.0, 3_600.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Responses of one wave, in any order.

    Attributes
    ----------
    answers : int array, shape (n, questions)
        Any codes; -1 where the question was not asked. One column a question, of a
        select-multiple question one an option. No column may name a response.
    point, kind, area : int arrays, shape (n,)
        The entry point, what kind of place it is, and the area that it stands in.
    home : int array, shape (n,)
        The area claimed as home, in the numbers of ``area``; -1 where not told.
    started, submitted : float arrays, shape (n,)
        Seconds of *local* time since 1970-01-01 00:00 local time, as hours of the day count.
    device : int array, shape (n,)
        A number for each device mark; -1 where the device leaves none.
    blocks : tuple of tuples of int
        Columns of ``answers`` that are asked one below the other on the same scale.

    Raises
    ------
    ShapesDisagree, NotFinite, ImpossibleInput
    """

    answers: Ints
    point: Ints
    kind: Ints
    area: Ints
    home: Ints
    started: Floats
    submitted: Floats
    device: Ints
    blocks: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        rows = self.point.size
        if self.answers.ndim != 2 or len(self.answers) != rows:
            raise ShapesDisagree("answers", self.answers.shape, (rows, None))
        for one in fields(self):
            column = getattr(self, one.name)
            if one.name not in {"answers", "blocks"} and column.shape != (rows,):
                raise ShapesDisagree(one.name, column.shape, (rows,))
        for name in ("started", "submitted"):
            if not np.isfinite(getattr(self, name)).all():
                raise NotFinite(name)
        early = int((self.submitted <= self.started).sum())
        ImpossibleInput.unless(early == 0, "submitted", f"{early} rows", "after started")
        asked = self.answers.shape[1]
        known = all(0 <= column < asked for block in self.blocks for column in block)
        ImpossibleInput.unless(known, "blocks", self.blocks, f"columns 0 to {asked - 1}")

    def __len__(self) -> int:
        return int(self.point.size)

    def part(self, rows: Bools) -> "Batch":
        """Some of the responses."""
        columns = {
            one.name: getattr(self, one.name)[rows] for one in fields(self) if one.name != "blocks"
        }
        return Batch(**columns, blocks=self.blocks)

    @property
    def hour(self) -> Ints:
        """Hour of the day of sending, 0 to 23."""
        return np.asarray((self.submitted % DAY) // HOUR, np.int64)

    @property
    def weekend(self) -> Ints:
        """1 where it was a Saturday or Sunday; 1970 began on a Thursday."""
        return np.asarray((self.submitted // DAY + 3) % 7 >= 5, np.int64)

    @property
    def far(self) -> Bools:
        """Whether the home claimed is another area than the entry point's."""
        return np.asarray((self.home != self.area) & (self.home != -1))

    @property
    def log_seconds(self) -> Floats:
        return np.asarray(np.log(self.submitted - self.started))
