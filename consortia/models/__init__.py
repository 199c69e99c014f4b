"""Models of units and consortia."""

from consortia.models.consortium import Consortium, Membership, Qualification, Revocation
from consortia.models.seat import Invitation, Seat, SeatRole
from consortia.models.unit import AccountingSystem, Unit, UnitKind, UnitName

__all__ = [
    "AccountingSystem",
    "Consortium",
    "Invitation",
    "Membership",
    "Qualification",
    "Revocation",
    "Seat",
    "SeatRole",
    "Unit",
    "UnitKind",
    "UnitName",
]
