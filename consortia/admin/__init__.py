"""The center's pages of units and consortia."""

from consortia.admin import consortia, revocations, units

__all__ = ["consortia", "revocations", "units"]
