"""Writes of the auditor's zip (18): asked for by him, made by the worker, with progress; nothing beyond his right."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from funding.documents.audit_package import build_package
from funding.models import AuditPackage
from funding.states import PackageState
from portal import access, documents, events, files, notify, workflow
from portal.errors import Conflict, NotAllowed, Refused

MAX_ATTEMPTS = 3
STUCK_AFTER = timedelta(minutes=5)
ZIP = "application/zip"
BROKEN = "打包时出错，请稍后重新申请；仍不成功的，请联系平台管理员。"


@workflow.action
def ask_package(audit, *, by) -> AuditPackage:
    """Have one zip of the project's money made; one at a time for each audit."""
    audit = workflow.lock(audit)
    if not access.allowed(by, "funding.audit_project", audit):
        raise NotAllowed("只有本次委托的审计人员可以在委托期内下载资料包。", article="18")
    try:
        with transaction.atomic():
            package = AuditPackage.objects.create(audit=audit, asked_by=by)
    except IntegrityError as error:
        raise Conflict("资料包正在打包，请稍后刷新页面。", article="18") from error
    events.record("audit.package", "申请审计资料包", audit, by=by, article="18")
    transaction.on_commit(lambda: documents.send_task("funding.tasks.build_audit_package", package.pk))
    return package


def stuck_packages():
    """Packages that should be at work but are not: lost messages and killed workers."""
    since = timezone.now() - STUCK_AFTER
    return AuditPackage.objects.filter(state__in=("queued", "building"), touched_at__lt=since).order_by("id")


def work(package_id: int) -> None:
    """Build the zip; idempotent. The right is asked again here: it may have ended since."""
    package = AuditPackage.objects.select_related("audit__project", "audit__engagement", "asked_by").get(pk=package_id)
    if package.state not in (PackageState.QUEUED, PackageState.BUILDING):
        return
    AuditPackage.objects.filter(pk=package.pk).update(attempts=package.attempts + 1, touched_at=timezone.now())
    try:
        workflow.move(package, "start", by=None)
        if package.attempts >= MAX_ATTEMPTS:
            raise Refused(BROKEN)
        if not access.allowed(package.asked_by, "funding.audit_project", package.audit):
            raise Refused("委托期已结束，没有打包。")
        _build(package)
    except Conflict:
        return  # another worker was faster
    except Refused as problem:
        workflow.move(package, "fail", by=None, error=problem.message[:300])


def _build(package: AuditPackage) -> None:
    def progress(percent: int) -> None:
        AuditPackage.objects.filter(pk=package.pk).update(progress=percent, touched_at=timezone.now())

    project = package.audit.project
    with build_package(package.audit, package.asked_by, progress) as stream:
        stored = files.store_generated(stream.read(), f"{project.number}审计资料包.zip", ZIP)
    workflow.move(package, "finish", by=None, file=stored, progress=100)
    url = f"/audits/{package.audit_id}/"
    notify.tell([package.asked_by], f"审计资料包已完成：{project.title}", "请在审计页面下载。", url=url, mail=False)
