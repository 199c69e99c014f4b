"""Addresses of this app."""

from django.urls import include, path

from funding.views import answers, audits, budget, cases, closing, ledger, ledger_import

_of_project = [
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/export/", ledger.ledger_export, name="ledger_export"),
    path("ledger/add/", ledger.ledger_add, name="ledger_add"),
    path("ledger/check/", ledger.ledger_check, name="ledger_check"),
    path("ledger/lines/<int:pk>/", ledger.ledger_line, name="ledger_line"),
    path("ledger/lines/<int:pk>/reverse/", ledger.ledger_reverse, name="ledger_reverse"),
    path("ledger/months/", closing.ledger_months, name="ledger_months"),
    path("ledger/months/close/", closing.ledger_close, name="ledger_close"),
    path("ledger/months/<int:pk>/reopen/", closing.ledger_reopen, name="ledger_reopen"),
    path("ledger/lines/<int:pk>/answer/", answers.ledger_answer, name="ledger_answer"),
    path("ledger/findings/", answers.ledger_findings, name="ledger_findings"),
    path("ledger/import/", ledger_import.ledger_upload, name="ledger_upload"),
    path("ledger/import/<int:pk>/", ledger_import.ledger_import, name="ledger_import"),
    path("ledger/import/<int:pk>/progress/", ledger_import.ledger_import_progress, name="ledger_import_progress"),
    path("ledger/import/<int:pk>/list/", ledger_import.ledger_import_errors, name="ledger_import_errors"),
    path("budget/", budget.budget, name="budget"),
    path("budget/adjust/", budget.budget_adjust, name="budget_adjust"),
    path("budget/export/", budget.budget_export, name="budget_export"),
    path("disbursements/", cases.disbursements, name="disbursements"),
    path("disbursements/<int:pk>/confirm/", cases.disbursement_confirm, name="disbursement_confirm"),
    path("audits/", audits.project_audits, name="project_audits"),
    path("clawbacks/", cases.clawbacks, name="clawbacks"),
    path("clawbacks/<int:pk>/", cases.clawback, name="clawback"),
    path("clawbacks/<int:pk>/files/", cases.clawback_file, name="clawback_file"),
]
urlpatterns = [
    path("projects/<uuid:public_id>/", include(_of_project)),
    path("audits/", audits.audits, name="audits"),
    path("audits/<int:pk>/", audits.audit, name="audit"),
    path("audits/<int:pk>/findings/", audits.audit_finding, name="audit_finding"),
    path("audits/<int:pk>/findings/<int:finding_pk>/answer/", audits.audit_answer, name="audit_answer"),
    path("audits/<int:pk>/findings/<int:finding_pk>/ask/", audits.audit_ask, name="audit_ask"),
    path("audits/<int:pk>/findings/<int:finding_pk>/settle/", audits.audit_settle, name="audit_settle"),
    path("audits/<int:pk>/package/", audits.audit_package, name="audit_package"),
    path("audits/<int:pk>/report/", audits.audit_report, name="audit_report"),
]
