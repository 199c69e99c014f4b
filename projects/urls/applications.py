"""Addresses: applications."""

from django.urls import path

from projects.views import application_drafts as drafts
from projects.views import application_files as attached
from projects.views import application_parts as parts
from projects.views import application_steps as steps
from projects.views import application_versions as frozen
from projects.views import applications as views

_ONE = "applications/<uuid:public_id>/"
urlpatterns = [
    path("applications/", views.application_list, name="application_list"),
    path("applications/start/", views.start, name="application_start"),
    path("applications/copy/", drafts.copy, name="application_copy_from"),
    path(_ONE, views.overview, name="application"),
    path(f"{_ONE}check/", views.check, name="application_check"),
    path(f"{_ONE}receipt/", views.receipt, name="application_receipt"),
    path(f"{_ONE}versions/", frozen.versions, name="application_versions"),
    path(f"{_ONE}versions/<int:number>/", frozen.version, name="application_version"),
    path(f"{_ONE}parts/<slug:code>/", parts.part, name="application_part"),
    path(f"{_ONE}budget-check/", parts.budget_check, name="application_budget_check"),
    path(f"{_ONE}attachments/<uuid:file_id>/remove/", attached.remove, name="application_attachment_remove"),
    path(f"{_ONE}undertaking/", attached.print_undertaking, name="application_undertaking"),
    path(f"{_ONE}print/", steps.print_draft, name="application_print"),
    path(f"{_ONE}declare/", steps.declare, name="application_declare"),
    path(f"{_ONE}copy/", drafts.copy_this, name="application_copy"),
    path(f"{_ONE}discard/", drafts.discard, name="application_discard"),
    path(f"{_ONE}steps/<slug:step>/", steps.step, name="application_step"),
]
