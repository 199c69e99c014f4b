"""Freezing a version: snapshot, digest, receipt and papers (7(1), 8(1)); append-only."""

from django.db.models import Max

from portal import documents, files, workflow
from projects.documents import applications as papers
from projects.models import Application, ApplicationVersion
from projects.queries.application_snapshots import keep_baseline, snapshot
from projects.queries.applications import current_attachments


@workflow.action
def freeze_version(application: Application, *, now, by, baseline=None) -> ApplicationVersion:
    """Freeze what was handed in at `now` as the next version; call it inside the submit that locked the rows.

    `application` is a whole one, read after the lock. `baseline` is the version that a 补正 mends: unit and consortium
    stay as they were when the unit applied (10(1)1).
    """
    attachments = current_attachments(application)
    for attachment in attachments:
        # What is frozen is what lies on the disk: a changed or missing file is refused here.
        files.read(attachment.file)
    number = (application.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    data = snapshot(application, version=number, status_label="已提交", submitted_at=now)
    if baseline is not None:
        data = keep_baseline(data, baseline.snapshot)
    version = ApplicationVersion.objects.create(
        application=application,
        number=number,
        snapshot=data,
        sha256=documents.digest_of(data),
        receipt=f"SQ{application.call.year}-{documents.new_code()}",
        submitted_by=by,
        submitted_at=now,
    )
    frozen = version.files.through
    frozen.objects.bulk_create(frozen(applicationversion=version, storedfile=row.file) for row in attachments)
    papers.request_papers(application, version, by=by)
    return version
