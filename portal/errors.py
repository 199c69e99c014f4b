"""Refusals: what happened, by which article, how to mend it. Middleware and forms turn them into pages."""


class Refused(Exception):  # noqa: N818, the word of the field
    """The measures or a rule forbid the act (HTTP 409). Carries findings or one sentence."""

    status = 409

    def __init__(self, message: str, *, article: str = "", fix: str = "", findings=()):
        super().__init__(message)
        self.message = message
        self.article = article
        self.fix = fix
        self.findings = tuple(findings)

    @classmethod
    def from_findings(cls, findings) -> "Refused":
        """A refusal whose sentence joins those of the blocking findings (portal.measures.findings.Finding)."""
        findings = tuple(findings)
        message = "".join(finding.message for finding in findings)
        return cls(message, article="、".join(dict.fromkeys(f.article for f in findings)), findings=findings)


class Conflict(Refused):
    """Somebody else was faster, or the object is in another state (HTTP 409)."""


class Invalid(Refused):
    """Bad input that a form did not catch (HTTP 400)."""

    status = 400


class NotAllowed(Refused):
    """The person may see the object but may not do this (HTTP 403)."""

    status = 403
