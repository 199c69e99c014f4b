"""The role matrix: read from the access markers of the views, so it can never be out of date."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from portal.access import ALL_ROLES, PUBLIC, SIGNED_IN

# Pages of the admin that are for fewer duties than the list they belong to; each asks its own permission, and the
# matrix test opens every one of them as every role.
NARROWER = {
    "admin:funding_auditengagement_engage": ("officer",),
    "admin:funding_clawback_open": ("officer",),
    "admin:funding_disbursement_order": ("director", "officer"),
    "admin:funding_ledgerline_decide": ("finance",),
    "admin:funding_ledgerline_workbulk": ("finance",),
    "admin:funding_lexiconversion_discard": ("finance",),
    "admin:funding_lexiconversion_draft": ("finance",),
    "admin:funding_lexiconversion_new": ("finance",),
    "admin:funding_lexiconversion_publish": ("finance",),
    "admin:funding_surplusreturn_order": ("officer",),
    "admin:portal_calendarday_load": ("officer", "sysadmin"),
    "admin:projects_objection_changelist": ("officer", "director"),
}


@dataclass(frozen=True)
class Row:
    """One address: its name, pattern, methods, and the roles that may open it."""

    name: str
    pattern: str
    methods: tuple[str, ...]
    roles: tuple[str, ...]

    def as_dict(self) -> dict:
        """For JSON."""
        return asdict(self)


def rows() -> list[Row]:
    """All addresses, in the order of the URL configuration; a nameless redirect of the admin has an empty name."""
    return list(_walk(get_resolver().url_patterns, "/", ""))


def _walk(patterns, prefix: str, namespace: str) -> Iterator[Row]:
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, path, inner)
        elif isinstance(entry, URLPattern):
            view = entry.callback
            name = f"{namespace}{entry.name}" if entry.name else ""
            roles = NARROWER.get(name) or _spelled_out(getattr(view, "access", ()))
            yield Row(name, path, getattr(view, "access_methods", ()), roles)


def _spelled_out(roles: tuple[str, ...]) -> tuple[str, ...]:
    if PUBLIC in roles:
        return (PUBLIC, *ALL_ROLES)
    return ALL_ROLES if SIGNED_IN in roles else tuple(roles)
