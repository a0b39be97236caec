"""What processes believe of the migrations is what Alembic knows of them."""

import pytest
from alembic.script import ScriptDirectory

from shared.db.migrate import config
from shared.db.schema import revisions


@pytest.mark.parametrize("service", ["planning", "complaints", "survey", "scoring"])
def test_the_revisions_read_from_files_are_alembics_history_in_order(service: str) -> None:
    history = ScriptDirectory.from_config(config(service)).walk_revisions()  # newest first

    assert revisions(service) == [script.revision for script in history][::-1]
    assert revisions(service)
