"""Snapshot of the letter that tells a unit of its review: the center's words, no expert, no score (R8)."""

from django.utils import timezone

from portal import editions, papers
from reviews.models import FeedbackLetter
from reviews.queries.proposals import OUTCOMES

TITLE = "关于项目评审意见的反馈函"
WORDS = OUTCOMES | {"decline": "未入选"}


def letter_snapshot(letter: FeedbackLetter) -> dict:
    """Result in one word and the released text; the dates are those of the release, so it repeats itself."""
    application = letter.item.application
    edition = editions.edition(application.call.edition)
    day = timezone.localdate(letter.released_at)
    frame = papers.official(edition, TITLE, to=application.lead_unit.name)
    return {
        "doc": papers.identity("feedback_letter", "", issued_on=day),
        "official": frame | {"copies_to": [], "issued_on": day.isoformat(), "printed_on": day.isoformat()},
        "letter": {
            "call": application.call.title,
            "project_number": application.number,
            "project_name": application.title,
            "outcome": WORDS[letter.item.proposal_item.outcome],
        },
        "paragraphs": [line.strip() for line in letter.text.splitlines() if line.strip()],
        "contact": papers.contact(),
    }
