"""Which numbers the windows of convolutions and pools see."""

import attrs
import numpy as np

from impl.models.fixedpoint import Integers
from impl.models.importing.onnx.writing import BEYOND, PADDED
from impl.models.operators import check
from impl.models.program import WIDEST


@attrs.frozen
class Windows:
    """How windows stand over the positions of a tensor, axis by axis.

    Raises ModelError for sizes that are none, or that differ in number.

    Attributes:
        pads: before each axis, then after each; none for none.
        auto_pad, ceil_mode: as ONNX has them.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[int, ...] = ()
    auto_pad: str = "NOTSET"
    ceil_mode: bool = False

    def __attrs_post_init__(self) -> None:
        rank = len(self.kernel)
        sizes = (*self.kernel, *self.strides, *self.dilations)
        check(
            len(self.strides) == len(self.dilations) == rank > 0
            and 0 < min(sizes) <= max(sizes) <= WIDEST,
            f"windows {list(self.kernel)}: give one size, stride and dilation an axis, above 0",
        )
        check(
            len(self.pads) in (0, 2 * rank)
            and min(self.pads, default=0) >= 0
            and max(self.pads, default=0) <= WIDEST,
            f"pads {list(self.pads)}: give two an axis, none below 0",
        )
        check(self.auto_pad == "NOTSET" or not any(self.pads), "pads beside auto_pad")

    def over(self, places: Integers) -> Integers:
        """The places that each window sees, of those of a tensor (batch, channels, positions).

        Returns (batch, channels, positions along each axis, in a window); `PADDED` is what pads
        add, and `BEYOND` what windows only touch because their number was rounded up.
        """
        rank = len(self.kernel)
        check(places.ndim == rank + 2, f"windows of {rank} axes over a tensor {places.shape}")
        size, spatial = places.size, places.shape[2:]
        along = [self._along(axis, length) for axis, length in enumerate(spatial)]
        for length, kernel, (count, _, _) in zip(spatial, self.kernel, along, strict=True):
            size = size // length * count * kernel
            check(size <= WIDEST, f"windows of {size} numbers a row: {WIDEST} at most")
        for axis, (length, ends) in enumerate(zip(spatial, along, strict=True)):
            seen, outside = self._seen(axis, length, *ends)
            across = (*seen.shape, *[1] * (rank - 1 - axis))
            # Each axis before it has become two.
            places = np.minimum(places.take(seen, axis=2 + 2 * axis), outside.reshape(across))
        axes = range(2, 2 + 2 * rank)
        places = places.transpose(0, 1, *axes[::2], *axes[1::2])
        return places.reshape(*places.shape[: 2 + rank], -1)

    def _along(self, axis: int, size: int) -> tuple[int, int, int]:
        """How many windows there are along an axis, and what pads add before and after it."""
        kernel, stride, dilation = (
            sizes[axis] for sizes in (self.kernel, self.strides, self.dilations)
        )
        reach = (kernel - 1) * dilation + 1
        before, after = self.pads[axis :: len(self.kernel)] or (0, 0)
        if self.auto_pad.startswith("SAME"):
            count = -(-size // stride)
            added = max((count - 1) * stride + reach - size, 0)
            before = added // 2 if self.auto_pad == "SAME_UPPER" else added - added // 2
            after = added - before
        free = before + size + after - reach
        count = free // stride + 1
        if self.ceil_mode and free % stride and count * stride < before + size:
            count += 1
        check(count > 0, f"windows reach over {reach} of {before + size + after} positions")
        return count, before, after

    def _seen(
        self, axis: int, size: int, count: int, before: int, after: int
    ) -> tuple[Integers, Integers]:
        """Which positions windows see along an axis, and what stands there where there is none.

        Both (windows, in a window); the second is above all places where there is a position.
        """
        starts = np.arange(count)[:, np.newaxis] * self.strides[axis] - before
        seen = starts + np.arange(self.kernel[axis]) * self.dilations[axis]
        outside = np.full(seen.shape, WIDEST)
        outside[(seen < 0) | (seen >= size)] = PADDED
        outside[seen >= size + after] = BEYOND
        return np.clip(seen, 0, size - 1), outside
