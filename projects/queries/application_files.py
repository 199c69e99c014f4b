"""What the page of attachments shows: a kind, its file of now, the files before it, and what is odd about them."""

from dataclasses import dataclass, field

from portal.models import StoredFile, User

# The portal itself makes these forms, filled in, where the center uploaded no template of its own.
MADE_FORMS = frozenset({"undertaking"})


@dataclass
class KindRow:
    """One kind of attachment of an application with its files; `earlier` newest first, `same_as` names of kinds."""

    kind: object
    attachment: object = None
    earlier: list = field(default_factory=list)
    same_as: list[str] = field(default_factory=list)
    form: object = None

    @property
    def marks(self) -> str:
        """What the uploader stated of the file."""
        return marks_of(self.attachment) if self.attachment else ""

    @property
    def makes_form(self) -> bool:
        """Whether the portal prints this form filled in."""
        return self.kind.code in MADE_FORMS and self.kind.template_file_id is None


def marks_of(attachment) -> str:
    """已签字，已盖章, as stated."""
    marks = (("已签字", attachment.signed), ("已盖章", attachment.sealed))
    return "，".join(word for word, given in marks if given)


def kind_rows(application) -> list[KindRow]:
    """All kinds of the call in order, from the fetched application; a query each for uploaders and templates."""
    attachments = list(application.attachments.all())
    people = User.objects.in_bulk({row.added_by_id for row in attachments})
    kinds = list(application.call.attachment_kinds.all())
    templates = StoredFile.objects.in_bulk({kind.template_file_id for kind in kinds if kind.template_file_id})
    for kind in kinds:
        kind.template_file = templates.get(kind.template_file_id)
    rows = {kind.pk: KindRow(kind) for kind in kinds}
    for attachment in attachments:
        attachment.added_by = people[attachment.added_by_id]
        row = rows[attachment.kind_id]
        if attachment.replaced_at is None:
            row.attachment = attachment
        else:
            row.earlier.append(attachment)
    for row in rows.values():
        row.earlier.sort(key=lambda attachment: attachment.replaced_at, reverse=True)
        row.same_as = _same_as(row, rows.values())
    return list(rows.values())


def _same_as(row: KindRow, rows) -> list[str]:
    if row.attachment is None:
        return []
    others = (other for other in rows if other is not row and other.attachment is not None)
    return [other.kind.name for other in others if other.attachment.file.sha256 == row.attachment.file.sha256]
