"""Models of units and consortia."""

from consortia.models.consortium import Consortium, LeadTerm, Membership, Qualification, Revocation
from consortia.models.import_run import ImportRun
from consortia.models.registration import Registration, UnitChange
from consortia.models.seat import Invitation, Seat, SeatRole
from consortia.models.unit import AccountingSystem, Unit, UnitKind, UnitName

__all__ = [
    "AccountingSystem",
    "Consortium",
    "ImportRun",
    "Invitation",
    "LeadTerm",
    "Membership",
    "Qualification",
    "Registration",
    "Revocation",
    "Seat",
    "SeatRole",
    "Unit",
    "UnitChange",
    "UnitKind",
    "UnitName",
]
