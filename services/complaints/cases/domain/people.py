"""Who people are to each other, by planning's list: accounts of one person, who left, who acts for whom.

An account that the list does not know is a person of its own: a unit that keeps no list is not stuck.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Substitution:
    """Somebody acts for a person from the first to the last day, both included."""

    person_id: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Person:
    """A person by pseudonym, as planning told last."""

    person_id: str
    subjects: frozenset[str]
    active_from: date
    active_to: date | None
    substitutes: tuple[Substitution, ...] = ()

    def works_on(self, day: date) -> bool:
        """Tell whether the person is in the unit on a day."""
        return self.active_from <= day and (self.active_to is None or day <= self.active_to)

    def is_substituted_by(self, other: "Person", first: date, last: date) -> bool:
        """Tell whether the other acts for this person on one of the days from first to last."""
        return any(
            one.person_id == other.person_id and one.first <= last and first <= one.last
            for one in self.substitutes
        )


@dataclass(frozen=True, slots=True)
class People:
    """What is known of those whom a decision of a day is about."""

    day: date
    """Today, in the zone of the case's unit."""
    known: tuple[Person, ...] = ()
    since: date | None = None
    """When the first of two did their part, where two are asked for; None: today."""

    def has_left(self, subject: str) -> bool:
        """Tell whether an account belongs to somebody who is known, and is not in the unit today."""
        found = self._of(subject)
        return bool(found) and not any(one.works_on(self.day) for one in found)

    def reached_by(self, subjects: frozenset[str]) -> frozenset[str]:
        """Return the accounts that get today what is meant for these: of their substitutes, else theirs.

        Nobody who is not in the unit any more gets anything.
        """
        found: set[str] = set()
        for subject in subjects:
            own = self._of(subject)
            instead = {
                one
                for two in own
                for one in self.known
                if two.is_substituted_by(one, self.day, self.day) and one.works_on(self.day)
            }
            for person in instead:
                found |= person.subjects
            if not instead and not self.has_left(subject):
                found.add(subject)
        return frozenset(found)

    def acts_for(self, subject: str, other: str) -> bool:
        """Tell whether an account may act as another today: of the same person, or of their substitute.

        A substitute who is not in the unit any more acts for nobody.
        """
        return subject == other or any(
            one.person_id == two.person_id
            or (two.is_substituted_by(one, self.day, self.day) and one.works_on(self.day))
            for one in self._of(subject)
            for two in self._of(other)
        )

    def are_one(self, subject: str, other: str) -> bool:
        """Tell whether two accounts count as one person where two are asked for.

        They do when they are of the same person, or when one acts for the other on a day from `since` until
        today: neither proposes as substitute what they confirm the day after.
        """
        first = min(self.since or self.day, self.day)
        return subject == other or any(
            one.person_id == two.person_id
            or two.is_substituted_by(one, first, self.day)
            or one.is_substituted_by(two, first, self.day)
            for one in self._of(subject)
            for two in self._of(other)
        )

    def _of(self, subject: str) -> list[Person]:
        return [one for one in self.known if subject in one.subjects]


NOBODY = People(date.min)
"""Where nothing is known of anybody, every account is a person of its own."""
