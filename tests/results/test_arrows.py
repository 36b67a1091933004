"""Sequence diagrams: each arrow leads from whom it is to whom it is, and says what it is called."""

from hypothesis import given
from hypothesis import strategies as st

from checkers.results.arrows import Arrow, Lanes, cut

LANES = ["provider", "v0", "consumer", "ledger"]
WORDS = st.text("abc", min_size=1, max_size=12)
ARROWS = st.lists(
    st.builds(
        Arrow, st.sampled_from(LANES), st.sampled_from(LANES), WORDS, WORDS.map(" {}".format)
    ),
    min_size=1,
    max_size=6,
)


@given(ARROWS, st.none() | st.integers(0, 120))
def test_an_arrow_leads_from_its_source_to_its_target(
    arrows: list[Arrow], widest: int | None
) -> None:
    drawn = Lanes(LANES, arrows, widest)
    places = {lane: drawn.heads.index(lane) for lane in LANES}
    for arrow in arrows:
        line = drawn.line(arrow)
        assert arrow.label in line
        start, end = places[arrow.source], places[arrow.target]
        if start == end:
            assert line[start] == "*"
            continue
        left, right = min(start, end), max(start, end)
        within = line[left + 1 : right]
        assert "|" not in within
        assert within.strip("-<> ").startswith(arrow.label)
        assert (within[-1], within[0])[end < start] == "<>"[end > start]
        assert all(line[at] == "|" for at in places.values() if not left < at < right)


@given(ARROWS, st.integers(0, 120))
def test_details_take_no_more_room_than_there_is(arrows: list[Arrow], widest: int) -> None:
    """And all that there is: where nothing is cut, nothing had to be."""
    drawn, whole = Lanes(LANES, arrows, widest), Lanes(LANES, arrows)
    least = Lanes(LANES, arrows, 0)
    assert len(drawn.heads) <= max(widest, len(least.heads))
    if len(whole.heads) <= widest:
        assert drawn.heads == whole.heads
        assert all(a.detail in drawn.line(a) for a in arrows if a.source != a.target)


@given(st.text("abc ", max_size=40), st.integers(-5, 50))
def test_what_is_cut_fits(text: str, room: int) -> None:
    shown = cut(text, room)
    assert shown == text if len(text) <= room else len(shown) <= max(room, 0)
    assert text.startswith(shown.removesuffix(".."))
