"""What this app adds to the frame: file holders, document kinds, menu entries."""

from consortia.actions.imports import register_sheet
from portal import context, documents, files
from portal.documents import Kind
from projects import extensions
from projects.models import ApplicationVersion, EvidenceFile, PackageFile
from reviews.actions.experts import import_experts
from reviews.actions.import_rows import ExpertResource
from reviews.queries import blinding, evaluation
from reviews.queries.papers import project_papers
from reviews.queries.subjects import selection_started

files.register_holder(ApplicationVersion, "files", "reviews.read_version", blinding.alias_for)
files.register_holder(PackageFile, "file", "reviews.read_package_file")
files.register_holder(EvidenceFile, "file", "reviews.read_evidence_file")

documents.register_kind(
    Kind("acceptance_report", "评价验收报告", "pdf/acceptance_report.html", "2", "reviews.view_report")
)
documents.register_kind(
    Kind(
        "acceptance_report_unit",
        "评价验收报告（单位副本）",
        "pdf/acceptance_report_unit.html",
        "1",
        "reviews.view_unit_report",
    )
)
for code, label, template, version, perm in (
    ("score_sheets", "专家评分表", "pdf/score_sheet.html", "3", "reviews.view_ranking"),
    ("item_sheets", "专家评分表（单个项目）", "pdf/score_sheet.html", "3", "reviews.view_ranking"),
    ("selection_list", "拟支持名单", "pdf/selection_list.html", "1", "reviews.view_proposal"),
    ("feedback_letter", "评审意见反馈函", "pdf/feedback_letter.html", "1", "reviews.read_feedback"),
):
    documents.register_kind(Kind(code, label, template, version, perm))

extensions.REVIEW_STARTED.append(selection_started)
extensions.PAPERS.append(project_papers)
extensions.ARCHIVE_SUBJECTS.append(evaluation.archive_subjects)
context.register_nav(("expert",), "评审工作台", "review_desk", 30)
register_sheet("expert", ExpertResource, import_experts, app="reviews")
