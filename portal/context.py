"""What every page's frame needs: navigation by role, unread count, demo ribbon."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.urls import reverse

from portal import notify
from portal.access import roles_of

# (roles, label, URL name), in the order of the menu; apps add theirs in their urls module.
_nav: list[tuple[frozenset[str], str, str, int]] = []
_extras: list[Callable] = []


def register_nav(roles: Iterable[str], label: str, url_name: str, order: int = 50) -> None:
    """Show a menu entry to people with one of the roles."""
    _nav.append((frozenset(roles), label, url_name, order))


def register_shell(extra: Callable) -> None:
    """An app adds facts to the frame: a function request -> dict."""
    _extras.append(extra)


def shell(request) -> dict:
    """Context processor of the page frame."""
    user = getattr(request, "user", None)
    if user is None:
        return {"demo": settings.DEMO, "site_record": settings.SITE_RECORD}
    roles = roles_of(user)
    nav = [
        {"label": label, "url": (url := reverse(name)), "is_current": request.path.startswith(url)}
        for entry_roles, label, name, _ in sorted(_nav, key=lambda entry: entry[3])
        if entry_roles & roles or ("public" in entry_roles and not user.is_authenticated)
    ]
    context = {"nav": nav, "roles": roles, "demo": settings.DEMO, "site_record": settings.SITE_RECORD}
    if user.is_authenticated:
        context["unread"] = notify.unread_of(user)
    for extra in _extras:
        context |= extra(request)
    return context
