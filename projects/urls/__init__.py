"""Addresses of the life cycle, one module a part."""

from django.urls import include, path

urlpatterns = [
    path("", include("projects.urls.calls")),
    path("", include("projects.urls.applications")),
    path("", include("projects.urls.notices")),
    path("", include("projects.urls.projects")),
]
