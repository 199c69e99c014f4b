"""The admin site of the center: ours in look, index and access."""

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied

from portal.access import PUBLIC, STAFF, roles_of
from portal.admin_base import CheckedAdmin


class PortalAdminSite(admin.AdminSite):
    """Django's admin with our doors: only people with a center duty; every view carries the access marker."""

    site_header = "科创协同项目管理平台 · 管理端"
    site_title = "管理端"
    index_title = "工作台"
    site_url = "/"
    enable_nav_sidebar = True
    login_form = AdminAuthenticationForm
    # The composition root puts the cockpit's facts here: a function request -> dict.
    index_context = staticmethod(lambda request: {})

    def register(self, model_or_iterable, admin_class=None, **options):
        """Take only admins that ask our predicates; those that libraries bring would not know our duties."""
        if admin_class is not None and issubclass(admin_class, CheckedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request):
        """Center duties only."""
        return bool(roles_of(request.user) & frozenset(STAFF))

    def get_app_list(self, request, app_label=None):
        """Lists in the order of the work, not of the alphabet."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda row: self._registry[row["model"]].menu_order)
        return sorted(apps, key=lambda app: self._registry[app["models"][0]["model"]].menu_order)

    def get_urls(self):
        """Mark each admin view for the access middleware: its model's view_roles, else all staff.

        Django's redirect from any model's key to its public page is left out: no model of ours has one to show.
        """
        urls = [entry for entry in super().get_urls() if getattr(entry, "name", "") != "view_on_site"]
        _mark(urls, STAFF)
        return urls

    def login(self, request, extra_context=None):
        """One login page for all; who is signed in already and has no duty would be sent round in circles."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied("此页面不面向您的角色。")
        return redirect_to_login(request.GET.get("next", "/admin/"), login_url="/login/")

    def index(self, request, extra_context=None):
        """The center's cockpit."""
        return super().index(request, (extra_context or {}) | self.index_context(request))


def _mark(patterns, roles: tuple[str, ...]) -> None:
    for entry in patterns:
        if hasattr(entry, "url_patterns"):
            _mark(entry.url_patterns, roles)
            continue
        # A bound method takes no attributes; its function does (only `login`, which redirects to the portal's own).
        view = getattr(entry.callback, "__func__", entry.callback)
        # Django tells which ModelAdmin its own views belong to; of our extra pages the wrapped method knows.
        owner = getattr(view, "model_admin", None) or _owner(view)
        view.access = (PUBLIC,) if entry.name == "login" else roles if owner is None else owner.view_roles
        view.access_methods = ("GET", "POST")


def _owner(view):
    owner = getattr(getattr(view, "__wrapped__", None), "__self__", None)
    return owner if isinstance(owner, CheckedAdmin) else None
