"""Refusals in a form: one line a finding in the error summary."""

from portal.errors import Refused


def show_refusal(form, refusal: Refused) -> None:
    """Put every finding, or the one sentence, over the form; what was typed stays."""
    for found in refusal.findings or [refusal]:
        place = f"{found.subject}：" if getattr(found, "subject", "") else ""
        form.add_error(None, f"{place}{found.message}{found.fix}")
