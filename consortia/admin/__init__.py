"""The center's pages of units and consortia."""

from consortia.admin import consortia, registrations, revocations, units

__all__ = ["consortia", "registrations", "revocations", "units"]
