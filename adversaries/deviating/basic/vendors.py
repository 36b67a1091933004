"""Vendors that deviate in the basic marketplace, each in one thing."""

import numpy as np

from impl.models.component import parse_tensor
from impl.paper.basic.parties import Vendor
from spec.bytes.encoding import encode


class LazyVendor(Vendor):
    """Records a constant, with the digest of the component that it did not run."""

    def run(self, api: str, data: bytes) -> tuple[bytes, bytes]:
        component = self.held(api)
        rows = len(parse_tensor(data))
        constant = np.zeros((rows, component.program.gives), np.int64)
        return encode(constant), component.digest


class StallingVendor(Vendor):
    """Takes the component, and never does anything again."""

    def work(self) -> int:
        return 0
