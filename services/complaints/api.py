"""The API of complaints: the routes of each subject, and the status of every refusal."""

from collections.abc import Mapping

from services.complaints.cases.api import acts, handlers, reading, retention
from services.complaints.channels import api as channels
from services.complaints.channels import public as public_channels
from services.complaints.conversation import api as conversation
from services.complaints.deadlines import api as calendar
from services.complaints.deadlines import policies
from services.complaints.decrees import api as decrees
from services.complaints.duties import api as duties
from services.complaints.handling import api as handling
from services.complaints.handling import public
from services.complaints.imports import api as imports
from services.complaints.intake import api as intake
from services.complaints.intake import messages, proofs
from services.complaints.integrity import api as integrity
from services.complaints.notices import api as notices
from services.complaints.secrecy import api as secrecy

ERROR_STATUS: Mapping[str, int] = {
    "illegal_transition": 409,
    "pause_cap_reached": 409,
    "completion_time_left": 409,
    "reminders_missing": 409,
    "handler_not_in_unit": 409,
    "handler_elsewhere": 409,
    "handler_left": 409,
    "handler_excluded": 409,
    "same_handler": 409,
    "act_incomplete": 422,
    "intake_refused": 422,
    "own_proposal": 403,
    "proposal_changed": 409,
    "proposal_open": 409,
    "not_assigned": 403,
    "others_act": 403,
    "not_new_to_case": 403,
    "nothing_changes": 409,
    "window_over": 409,
    "already_appealed": 409,
    "not_extendable": 409,
    "handler_outside_unit": 409,
    "handling_unit_refused": 422,
    "handling_unit_ended": 409,
    "period_unknown": 422,
    "period_not_begun": 422,
    "decree_differs": 422,
    "decree_unknown": 409,
    "calendar_missing": 422,
    "calendar_change_refused": 422,
    "calendar_draft_outdated": 409,
    "hours_unknown": 422,
    "migration_refused": 422,
    "migration_running": 409,
    "nothing_held": 409,
    "conversation_over": 409,
    "conversation_full": 409,
    "too_many_sent": 429,
    "file_waits": 409,
    "file_infected": 415,
    "file_refused": 415,
    "file_too_large": 413,
    "file_corrupt": 500,
    "storage_away": 503,
    "storage_full": 507,
    "kind_unknown": 422,
    "policy_lost": 503,
    "clock_held": 503,
    "channel_refused": 422,
    "channel_ended": 409,
    "nothing_to_test": 409,
    "keys_away": 503,
    "identity_hidden": 403,
    "identity_not_theirs": 403,
    "identity_broken": 500,
    "custodian_refused": 422,
    "import_refused": 422,
    "import_unmapped": 409,
    "import_begun": 409,
    "import_unreadable": 415,
    "import_too_large": 413,
    **integrity.ERROR_STATUS,
    **duties.ERROR_STATUS,
}
ROUTERS = (
    intake.router,
    intake.desk,
    reading.router,
    retention.router,
    calendar.router,
    policies.router,
    acts.router,
    handlers.router,
    decrees.router,
    conversation.router,
    messages.router,
    handling.router,
    notices.router,
    proofs.router,
    *integrity.ROUTERS,
    *duties.ROUTERS,
    *secrecy.ROUTERS,
    public.router,
    public_channels.router,
    channels.router,
    imports.router,
)
