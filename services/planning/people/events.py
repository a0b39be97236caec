"""Facts about people as contracts: by pseudonym, and nothing of who they are."""

from services.planning.people.domain import Person
from shared.contracts.base import EventData
from shared.contracts.planning import PersonChanged, PersonEntered, Substitution


def person_fact(person: Person) -> EventData:
    """Return the person's entry: entered at version 1, changed after that."""
    contract = PersonEntered if person.version == 1 else PersonChanged
    return contract(
        unit_id=person.unit_id,
        version=person.version,
        person_id=str(person.person_id),
        superior_id=None if person.superior_id is None else str(person.superior_id),
        subjects=list(person.subjects),
        is_leader=person.is_leader,
        active_from=person.active_from.isoformat(),
        active_to=None if person.active_to is None else person.active_to.isoformat(),
        substitutes=[
            Substitution(
                person_id=str(one.substitute_id), first=one.first.isoformat(), last=one.last.isoformat()
            )
            for one in person.substitutes
        ],
    )
