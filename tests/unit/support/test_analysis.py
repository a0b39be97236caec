"""What was found about one object is kept for it, and told of no other."""

from tests.support.analysis import MOST, Kept


def test_the_same_object_is_looked_at_once_and_its_like_anew() -> None:
    looked: list[list[int]] = []

    def look(*, name: str, at: list[int], among: set[str]) -> int:
        looked.append(at)
        return len(looked)

    kept, one, like = Kept(look), [1], [1]
    assert [kept(name="a", at=one, among={"x"}), kept(name="a", at=one, among={"x"})] == [1, 1]
    assert [kept(name="a", at=like, among={"x"}), kept(name="b", at=one, among={"x"})] == [2, 3]
    assert kept(name="a", at=one, among={"y"}) == 4
    assert kept(name="a", at=one, among={"x"}) == 1


def test_what_was_long_not_asked_is_forgotten() -> None:
    asked: list[str] = []
    kept = Kept(asked.append)
    for place in range(MOST + 1):
        kept(str(place))
    kept("1")
    kept("0")
    assert asked[MOST:] == [str(MOST), "0"]
