"""Addresses: approved projects, public notices and objections."""

from django.urls import path

from projects.views import funded
from projects.views import notices as views

urlpatterns = [
    path("funded/", funded.funded_list, name="funded_list"),
    path("notices/", views.notice_list, name="notice_list"),
    path("notices/<uuid:public_id>/", views.notice_detail, name="notice_detail"),
    path("notices/<uuid:public_id>/object/", views.objection_file, name="objection_file"),
    path("objections/", views.objection_query, name="objection_query"),
    path("objections/<str:code>/", views.objection_receipt, name="objection_receipt"),
]
