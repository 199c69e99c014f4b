"""Freezing a version: snapshot, digest, receipt and papers (7(1), 8(1)); append-only."""

from portal import documents, files, workflow
from projects.documents import applications as papers
from projects.models import Application, ApplicationVersion
from projects.queries.application_snapshots import snapshot
from projects.queries.applications import current_attachments
from projects.queries.whole import whole_application


@workflow.action
def freeze_version(application: Application, *, now, by) -> ApplicationVersion:
    """Freeze what was handed in at `now` as the next version; call it inside the submit that locked the rows."""
    current = whole_application(application.pk)
    attachments = current_attachments(current)
    for attachment in attachments:
        # What is frozen is what lies on the disk: a changed or missing file is refused here.
        files.read(attachment.file)
    last = application.versions.first()
    number = last.number + 1 if last else 1
    data = snapshot(current, version=number, status_label="已提交", submitted_at=now)
    version = ApplicationVersion.objects.create(
        application=application,
        number=number,
        snapshot=data,
        sha256=documents.digest_of(data),
        receipt=f"SQ{application.call.year}-{documents.new_code()}",
        submitted_by=by,
        submitted_at=now,
    )
    version.files.set([attachment.file for attachment in attachments])
    papers.request_print(application, version, by=by)
    papers.request_receipt(application, version, by=by)
    return version
