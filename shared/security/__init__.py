"""Who calls, what they may do, and how secrets are kept."""

from shared.security.access import AccessMatrix, ForbiddenError, Operation, UnauthenticatedError
from shared.security.principal import PUBLIC, Principal, Scope
from shared.security.roles import CASE_ROLES, MFA_ROLES, ROLES, SIGNED_IN

__all__ = [
    "CASE_ROLES",
    "MFA_ROLES",
    "PUBLIC",
    "ROLES",
    "SIGNED_IN",
    "AccessMatrix",
    "ForbiddenError",
    "Operation",
    "Principal",
    "Scope",
    "UnauthenticatedError",
]
