"""Composition root of addresses."""

from django.contrib import admin
from django.urls import include, path

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.not_found"
handler500 = "portal.views.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("portal.overview.urls")),
    path("", include("portal.site_urls")),
    path("", include("consortia.urls")),
    path("", include("projects.urls")),
    path("", include("funding.urls")),
    path("", include("reviews.urls")),
]
