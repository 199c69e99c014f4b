"""App configurations of the kernel and of the admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules


class PortalConfig(AppConfig):
    """The kernel."""

    name = "portal"
    verbose_name = "平台"

    def ready(self):
        """Load the tasks: a web process or a command that only publishes them must know their names too."""
        autodiscover_modules("tasks")


class PortalAdminConfig(AdminConfig):
    """Replaces Django's admin site by ours (checked access, cockpit index)."""

    default_site = "portal.site.PortalAdminSite"
