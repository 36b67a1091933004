"""What ends every run: engines that contradict each other."""


class Disagreement(Exception):
    """Two engines that must agree do not; nothing that either says can be relied on."""
