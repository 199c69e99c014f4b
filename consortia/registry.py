"""What this app adds to the frame: file holders, document kinds, menu entries."""

from portal import documents
from portal.documents import Kind

documents.register_kind(
    Kind("revocation_decision", "撤销资格决定", "pdf/revocation_decision.html", "1", "consortia.view_revocation")
)
