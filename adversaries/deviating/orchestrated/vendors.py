"""Vendors that deviate in the orchestrated marketplace, each in one thing."""

import numpy as np

from impl.models.component import parse_tensor
from impl.paper.orchestrated.parties import Vendor
from spec.bytes.encoding import encode


class LazyVendor(Vendor):
    """Gives a constant, and records that with the digest of the component that it did not run."""

    def output(self, request: int) -> bytes:
        rows = len(parse_tensor(self.data(request)))
        return encode(np.zeros((rows, self._component(request).program.gives), np.int64))


class SilentVendor(Vendor):
    """Takes the data, and never does anything again."""

    def act(self, request: int) -> bool:
        return False
