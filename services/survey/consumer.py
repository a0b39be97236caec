"""Planning's register of units, folded into our replica."""

from functools import partial

from services.survey.tables import UnitRow
from shared.consumer.consumer import BatchConsumer
from shared.consumer.replica import Replica, fold_replica
from shared.contracts.planning import UnitFact
from shared.contracts.topics import consumed_by

SERVICE = "survey"
fold_units = partial(fold_replica, contract=UnitFact, replica=Replica(UnitRow))
"""Keep the newest version of each unit; the same version with another payload cannot be true."""
unit_consumer = partial(BatchConsumer, service=SERVICE, topics=consumed_by(SERVICE), fold=fold_units)
"""The consumer of everything this service reads, of a database and a broker."""
