"""Who may do what: one language for pages, lists, files, admin and mail. Denied until a predicate allows."""

import functools
from collections.abc import Callable, Iterable
from typing import Any

import rules
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.utils import timezone

from portal.bundle import Bundle, Question

PUBLIC = "public"
SIGNED_IN = "signed-in"
UNIT_ROLES = ("drafter", "leader", "unitadmin", "supervisor", "member")
CENTER = ("officer", "finance", "director", "bast")
STAFF = (*CENTER, "sysadmin", "logadmin")
ALL_ROLES = (*UNIT_ROLES, "expert", *CENTER, "auditor", "sysadmin", "logadmin")

_STANDING = Bundle({"user": int})
_readers: dict[str, Callable[[Any, list], Iterable[str]]] = {}


def register_standing(name: str, question: Question, read: Callable[[Any, list], Iterable[str]]) -> None:
    """An app adds what its own rows say of a `user` (seats, expert card): `read` keeps them and names the roles."""
    _STANDING.add(name, question)
    _readers[name] = read


def standing_of(user: Any) -> dict[str, list]:
    """Rows by name of everything that the apps know about a user; one query, once per user object."""
    cached = getattr(user, "_standing", None)
    if cached is None:
        cached = user._standing = _STANDING.ask(user=user.pk)
    return cached


def roles_of(user: Any) -> frozenset[str]:
    """All roles of a user, computed once per user object; empty for anonymous, inactive and expired accounts."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.valid_until and user.valid_until <= timezone.now():
        return frozenset()
    cached = getattr(user, "_roles", None)
    if cached is None:
        standing = standing_of(user)
        duty = [user.duty] if user.duty else []
        cached = user._roles = frozenset(duty).union(*(read(user, standing[name]) for name, read in _readers.items()))
    return cached


def has_role(*roles: str):
    """A predicate: the user holds one of the roles."""

    @rules.predicate(name="has_role:" + ",".join(roles))
    def check(user) -> bool:
        return bool(roles_of(user) & frozenset(roles))

    return check


def allowed(user: Any, perm: str, obj: Any = None) -> bool:
    """Whether the predicate of `perm` allows; unknown permissions and expired accounts are refused."""
    if user.is_authenticated and not roles_of(user):
        # A person without any role (fresh account, expired auditor) can do nothing with objects.
        return False
    return rules.perm_exists(perm) and rules.has_perm(perm, user, obj)


def require(user: Any, perm: str, obj: Any) -> Any:
    """Return `obj` when allowed, else 404: "not yours" never confirms that a thing exists."""
    if not allowed(user, perm, obj):
        raise Http404
    return obj


def wrong_method(request: Any, methods: tuple[str, ...]) -> HttpResponseNotAllowed:
    """405 with a page that leads on: people come here by reloading a form's address, or after signing in again."""
    return HttpResponseNotAllowed(methods, render_to_string("405.html", request=request))


def page(*roles: str, methods: tuple[str, ...] = ("GET",)):
    """Mark a view with the roles that may open it and its methods; checks both before the view runs.

    Roles are names from ALL_ROLES, or PUBLIC, or SIGNED_IN. Objects are then checked by `require` inside the view.
    """

    def mark(view):
        @functools.wraps(view)
        def checked(request, *args, **kwargs):
            if request.method == "HEAD" and "GET" in methods:
                pass
            elif request.method not in methods:
                return wrong_method(request, methods)
            if PUBLIC not in roles:
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                if SIGNED_IN not in roles and not roles_of(request.user) & frozenset(roles):
                    raise PermissionDenied("此页面不面向您的角色。")
            return view(request, *args, **kwargs)

        checked.access = roles
        checked.access_methods = methods
        return checked

    return mark
