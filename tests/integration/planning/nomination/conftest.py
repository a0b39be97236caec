"""An agency before its pages, and two of its people."""

from uuid import uuid4

import pytest

from tests.support.planning import Planning
from tests.support.planning_browser import Browser
from tests.support.proposal_pages import Agency
from tests.support.stages import let_propose


@pytest.fixture
async def agency(planning: Planning) -> Agency:
    made = Agency(planning, f"a-{uuid4().hex[:10]}")
    await planning.unit(agency=made.id, name="Kantor Lain")
    await let_propose(planning, made.id)
    return made


@pytest.fixture
async def head(agency: Agency) -> Browser:
    return await agency.person("agency_head")


@pytest.fixture
async def admin(agency: Agency) -> Browser:
    return await agency.person("admin")
