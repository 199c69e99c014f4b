"""Addresses: projects."""

from django.urls import include, path

from projects.views import contracts, evidence, packages, projects, rectifications, reports, work_log

_of_project = [
    path("", projects.project_detail, name="project_detail"),
    path("members/<int:pk>/confirm/", projects.member_confirm, name="member_confirm"),
    path("contract/", contracts.project_contract, name="project_contract"),
    path("contract/sign/", contracts.contract_sign, name="contract_sign"),
    path("changes/<slug:kind>/", contracts.change_request, name="change_request"),
    path("evidence/", evidence.evidence_list, name="evidence_list"),
    path("evidence/new/<slug:code>/", evidence.evidence_new, name="evidence_new"),
    path("evidence/<int:pk>/", evidence.evidence_detail, name="evidence"),
    path("evidence/<int:pk>/edit/", evidence.evidence_edit, name="evidence_edit"),
    path("evidence/<int:pk>/claim/", evidence.evidence_claim, name="evidence_claim"),
    path("evidence/<int:pk>/withdraw/", evidence.evidence_withdraw, name="evidence_withdraw"),
    path("evidence/<int:pk>/files/<int:file_pk>/remove/", evidence.evidence_file_remove, name="evidence_file_remove"),
    path("work-log/", work_log.work_log, name="work_log"),
    path("work-log/new/", work_log.work_log_new, name="work_log_new"),
    path("work-log/export/", work_log.work_log_export, name="work_log_export"),
    path("reports/", reports.report_list, name="report_list"),
    path("reports/major/", reports.report_major, name="report_major"),
    path("reports/<int:pk>/", reports.report, name="report"),
    path("package/", packages.package, name="package"),
    path("package/files/", packages.package_file_add, name="package_file_add"),
    path("package/files/<int:pk>/remove/", packages.package_file_remove, name="package_file_remove"),
    path("package/submit/", packages.package_submit, name="package_submit"),
    path("rectifications/", rectifications.rectification_list, name="rectification_list"),
    path("rectifications/<int:pk>/", rectifications.rectification, name="rectification"),
]
urlpatterns = [
    path("projects/", projects.project_list, name="project_list"),
    path("projects/<uuid:public_id>/", include(_of_project)),
]
