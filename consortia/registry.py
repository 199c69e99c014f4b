"""What this app adds to the frame: file holders, document kinds, menu entries."""

from consortia import queries
from consortia.models import Consortium, ImportRun, Membership, UnitChange
from portal import context, documents, files
from portal.access import UNIT_ROLES
from portal.documents import Kind

documents.register_kind(
    Kind("revocation_decision", "撤销资格决定", "pdf/revocation_decision.html", "1", "consortia.view_revocation")
)
files.register_holder(Membership, "agreement", "consortia.view_membership")
files.register_holder(Consortium, "founding_file", "consortia.view_consortium")
files.register_holder(ImportRun, "file", "consortia.view_importrun")
files.register_holder(ImportRun, "error_file", "consortia.view_importrun")
files.register_holder(UnitChange, "proof", "consortia.view_unitchange")
context.register_nav(UNIT_ROLES, "联合体", "my_consortia", 60)
context.register_nav(UNIT_ROLES, "本单位", "my_unit", 70)


def _units(request) -> dict:
    """The units of the person for the switcher: (pk, name, is_current)."""
    if not request.user.is_authenticated:
        return {}
    current = queries.current_unit_id(request)
    return {"units": [(pk, name, pk == current) for pk, name in queries.units_of(request.user).items()]}


context.register_shell(_units)
