"""For each of many rows the best partners, kept while single partners change."""

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]
Slots = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

EMPTY = -1  # the key of no pair: below every key


class Best:
    """The `width` best partners of each row, as a set: unordered, with a floor.

    A pair is known by its key: the larger the better, and no two keys of a row are equal. Everything of a row above its floor is
    in it. A partner that goes leaves a gap, which nothing fills until the row is made anew; as long as `keep` are left, they are
    the best of all. So `width` − `keep` is how many may go before that is needed.
    """

    def __init__(self, rows: int, keep: int, width: int) -> None:
        self.keep, self.width = keep, width
        self.keys: Keys = np.full((rows, width), EMPTY, np.int64)
        self.partners: Slots = np.full((rows, width), -1, np.int32)
        self.floors: Keys = np.full(rows, EMPTY, np.int64)

    def grow(self, rows: int) -> None:
        """Make room for so many rows; the new ones are empty and complete."""
        more = rows - len(self.keys)
        if more > 0:
            self.keys = np.vstack([self.keys, np.full((more, self.width), EMPTY, np.int64)])
            self.partners = np.vstack([self.partners, np.full((more, self.width), -1, np.int32)])
            self.floors = np.append(self.floors, np.full(more, EMPTY, np.int64))

    def fill(self, rows: npt.NDArray[np.intp], keys: Keys) -> None:
        """Make rows anew from the keys of all partners, shape (rows, partners)."""
        self.clear(rows)
        self.extend(rows, 0, keys)

    def extend(self, rows: npt.NDArray[np.intp], first: int, keys: Keys) -> None:
        """Offer rows the partners from `first` on, none of which they hold; their keys in the shape (rows, partners)."""
        width, count = self.width, keys.shape[1]
        if not count:
            return
        every = np.hstack([self.keys[rows], keys])
        order = np.argpartition(every, count - 1, axis=1)[:, count - 1 :]
        best, order = np.take_along_axis(every, order, axis=1), order[:, 1:]
        held = np.take_along_axis(self.partners[rows], np.minimum(order, width - 1), axis=1)
        self.floors[rows] = np.maximum(self.floors[rows], best[:, 0])
        self.keys[rows], self.partners[rows] = best[:, 1:], np.where(order < width, held, first + order - width)

    def clear(self, rows: npt.NDArray[np.intp]) -> None:
        """Empty rows; they are complete then, which is right for rows without any partner."""
        self.keys[rows], self.partners[rows], self.floors[rows] = EMPTY, -1, EMPTY

    def put(self, partner: int, keys: Keys) -> npt.NDArray[np.intp]:
        """One partner's new keys for all rows (EMPTY where it is none). Returns the rows that held it or hold it now."""
        held = np.flatnonzero(self.partners == partner)
        left, at = np.divmod(held[self.keys.take(held) != EMPTY], self.width)
        self.keys[left, at] = EMPTY
        entering = np.flatnonzero(keys > self.floors)
        at = self.keys[entering].argmin(axis=1)
        pushed = self.keys[entering, at]
        new = keys[entering]
        self.floors[entering] = np.maximum(self.floors[entering], np.minimum(pushed, new))
        takes = new > pushed
        rows, at = entering[takes], at[takes]
        self.keys[rows, at], self.partners[rows, at] = new[takes], partner
        return np.union1d(left, rows)

    def short(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Which of these rows lost so many that their best `keep` may stand outside."""
        few: Mask = ((self.keys[rows] != EMPTY).sum(axis=1) < self.keep) & (self.floors[rows] != EMPTY)
        return rows[few]

    def of(self, row: int) -> list[tuple[int, int]]:
        """The best `keep` of a row as (partner, key), best first."""
        order = np.argsort(-self.keys[row], kind="stable")[: self.keep]
        return [(int(self.partners[row, at]), int(self.keys[row, at])) for at in order if self.keys[row, at] != EMPTY]
