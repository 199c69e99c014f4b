"""What this app adds to the frame: file holders, document kinds, menu entries."""

from consortia import extensions as consortium_extensions
from portal import context, documents, files
from portal.access import PUBLIC, UNIT_ROLES
from portal.documents import Kind
from projects import models
from projects.actions import unit_merges
from projects.queries import standing
from projects.queries.rectifications import failed_of

# From notice to archive.
for _kind in (
    Kind(
        "public_notice",
        "公示",
        "pdf/public_notice.html",
        "2",
        "projects.view_publicnotice",
        public=True,
        standing=standing.of_notice,
    ),
    Kind(
        "task_contract",
        "任务合同书",
        "pdf/task_contract.html",
        "1",
        "projects.view_contract",
        False,
        standing.of_contract,
    ),
    Kind("rectification_notice", "整改通知", "pdf/rectification_notice.html", "1", "projects.view_rectification"),
):
    documents.register_kind(_kind)
files.register_holder(models.ObjectionFile, "file", "projects.read_objection_file")
files.register_holder(models.Contract, "scan", "projects.view_contract")
files.register_holder(models.EvidenceFile, "file", "projects.view_evidence")
files.register_holder(models.WorkLogEntry, "file", "projects.view_worklogentry")
files.register_holder(models.PackageFile, "file", "projects.view_acceptancepackage")
files.register_holder(models.RectificationFile, "file", "projects.view_rectification")
consortium_extensions.FAILED_RECTIFICATIONS.append(failed_of)
context.register_nav([*UNIT_ROLES, "auditor"], "项目", "project_list", 30)
context.register_nav([PUBLIC, *UNIT_ROLES], "公示", "notice_list", 60)
context.register_nav([PUBLIC], "立项项目", "funded_list", 65)

# Applications: the unit reads its files by the attachment, the center only what a submitted version froze.
files.register_holder(models.Attachment, "file", "projects.read_attachment")
files.register_holder(models.ApplicationVersion, "files", "projects.read_version")
for _code, _label, _template, _version, _perm, _standing in (
    ("application", "申报书", "pdf/application.html", "1", "projects.view_application", standing.of_application),
    ("application_draft", "申报书（草稿）", "pdf/application.html", "1", "projects.print_draft", standing.of_draft),
    (
        "application_undertaking",
        "申报承诺书",
        "pdf/application_undertaking.html",
        "1",
        "projects.print_draft",
        standing.of_form,
    ),
    (
        "application_receipt",
        "申报受理回执",
        "pdf/application_receipt.html",
        "1",
        "projects.view_application",
        standing.of_application,
    ),
    ("formality_letter", "形式审查通知书", "pdf/formality_letter.html", "2", "projects.view_application", None),
):
    documents.register_kind(documents.Kind(_code, _label, _template, _version, _perm, standing=_standing))
context.register_nav(("drafter", "unitadmin", "leader", "supervisor"), "项目申报", "application_list", 20)

# Calls: the notice is public, templates of attachments with it; a merged unit's applications follow it.
documents.register_kind(Kind("call_notice", "申报通知", "pdf/call_notice.html", "2", "projects.view_call", public=True))
documents.register_kind(
    Kind(
        "call_correction", "申报通知更正", "pdf/call_correction.html", "1", "projects.view_callcorrection", public=True
    )
)
files.register_holder(models.AttachmentKind, "template_file", "projects.read_call_template")
consortium_extensions.UNIT_MERGES.append(unit_merges.follow)
context.register_nav([PUBLIC, *UNIT_ROLES], "申报通知", "call_list", 10)
