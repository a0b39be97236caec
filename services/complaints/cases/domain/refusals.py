"""Why an act on a case is refused."""

from typing import ClassVar

from shared.kernel import DomainError


class IllegalActError(DomainError):
    """The case's state does not allow the act."""

    code: ClassVar[str] = "illegal_transition"


class IncompleteActError(DomainError):
    """A field the act requires is missing; `errors` names each."""

    code: ClassVar[str] = "act_incomplete"


class FieldRefusedError(DomainError):
    """A field of a report, or of what verifies it, is not acceptable; `errors` names it."""

    code: ClassVar[str] = "intake_refused"

    def __init__(self, field: str, code: str, message: str) -> None:
        error = {"field": field, "code": code, "message": message}
        super().__init__(message, field=field, errors=[error])


class OwnProposalError(DomainError):
    """The same person proposed something and would approve it."""

    code: ClassVar[str] = "own_proposal"


class ProposalChangedError(DomainError):
    """What somebody would confirm is not what is proposed now."""

    code: ClassVar[str] = "proposal_changed"


class ProposalOpenError(DomainError):
    """Somebody still has to decide about another proposal for this case."""

    code: ClassVar[str] = "proposal_open"


class NotAssignedError(DomainError):
    """The officer is not the one the case was assigned to."""

    code: ClassVar[str] = "not_assigned"


class OthersActError(DomainError):
    """The act on this kind of case is another role's."""

    code: ClassVar[str] = "others_act"

    def __init__(self, roles: list[str]) -> None:
        super().__init__("Tindakan ini pada perkara jenis ini dilakukan peran lain.", roles=roles)


class HandlerUnknownError(DomainError):
    """Nobody is known to handle cases of that unit under this name."""

    code: ClassVar[str] = "handler_not_in_unit"

    def __init__(self, unit_id: str) -> None:
        message = f"Petugas ini tidak tercatat sebagai penangan pengaduan di unit {unit_id}."
        super().__init__(message, errors=[{"field": "handler", "code": self.code, "message": message}])


class HandlerLeftError(DomainError):
    """The officer is not in the unit any more, or not yet, by planning's list of people."""

    code: ClassVar[str] = "handler_left"

    def __init__(self) -> None:
        message = "Petugas ini tidak bertugas hari ini menurut daftar orang di unit. Pilih petugas lain."
        super().__init__(message, errors=[{"field": "handler", "code": self.code, "message": message}])


class HandlerExcludedError(DomainError):
    """The officer is a party to the case, or a superior of one."""

    code: ClassVar[str] = "handler_excluded"

    def __init__(self) -> None:
        message = "Petugas ini pihak dalam pengaduan, atau atasannya. Pilih petugas lain."
        super().__init__(message, errors=[{"field": "handler", "code": self.code, "message": message}])


class HandlerElsewhereError(DomainError):
    """The officer's own log-in reaches other units only, so they could not act in this one."""

    code: ClassVar[str] = "handler_elsewhere"

    def __init__(self, unit_id: str) -> None:
        message = (
            f"Akun petugas ini berwenang di unit lain dan tidak dapat bertindak di unit {unit_id}."
            " Minta administrator menambah wewenangnya lebih dahulu."
        )
        super().__init__(message, errors=[{"field": "handler", "code": self.code, "message": message}])


class SameHandlerError(DomainError):
    """The case is this officer's already."""

    code: ClassVar[str] = "same_handler"

    def __init__(self) -> None:
        message = "Pengaduan ini sudah ditangani petugas tersebut."
        super().__init__(message, errors=[{"field": "handler", "code": self.code, "message": message}])


class CompletionTimeLeftError(DomainError):
    """The reporter may still complete the file: nobody goes on without them before their time is over."""

    code: ClassVar[str] = "completion_time_left"


class RemindersMissingError(DomainError):
    """A reporter's time to complete ran out without all of its reminders."""

    code: ClassVar[str] = "reminders_missing"


class PauseCapError(DomainError):
    """The deadlines of this case have stood still as long as they may."""

    code: ClassVar[str] = "pause_cap_reached"


class NothingChangesError(DomainError):
    """The case is already as the act would make it."""

    code: ClassVar[str] = "nothing_changes"


class WindowOverError(DomainError):
    """The time in which the reporter may ask for this after the end of a case is over."""

    code: ClassVar[str] = "window_over"


class AlreadyAppealedError(DomainError):
    """The reporter had the one appeal against the end of this case."""

    code: ClassVar[str] = "already_appealed"


class NotNewToCaseError(DomainError):
    """An appeal is decided by somebody who has not acted on the case before."""

    code: ClassVar[str] = "not_new_to_case"


class NotExtendableError(DomainError):
    """No running deadline of this case may be extended (any more)."""

    code: ClassVar[str] = "not_extendable"
