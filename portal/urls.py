"""Composition root of addresses."""

from django.contrib import admin
from django.urls import include, path

from portal.context import register_shell
from portal.overview import cockpit
from portal.overview.demo.accounts import login_extras

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.not_found"
handler500 = "portal.views.server_error"

# The kernel's admin site cannot see the apps; the root hands it the facts of its index.
admin.site.index_context = cockpit.context
register_shell(login_extras)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("portal.overview.urls")),
    path("", include("portal.site_urls")),
    path("", include("consortia.urls")),
    path("", include("projects.urls")),
    path("", include("funding.urls")),
    path("", include("reviews.urls")),
]
