"""App configurations of the kernel and of the admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    """The kernel."""

    name = "portal"
    verbose_name = "平台"


class PortalAdminConfig(AdminConfig):
    """Replaces Django's admin site by ours (checked access, cockpit index)."""

    default_site = "portal.site.PortalAdminSite"
