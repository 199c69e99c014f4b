"""Admin of the life cycle, one module a part; each is imported here so that it registers."""

from projects.admin import (
    applications,
    calls,
    changes,
    contracts,
    evidence,
    notices,
    objections,
    packages,
    projects,
    rectifications,
    reports,
)

__all__ = [
    "applications",
    "calls",
    "changes",
    "contracts",
    "evidence",
    "notices",
    "objections",
    "packages",
    "projects",
    "rectifications",
    "reports",
]
