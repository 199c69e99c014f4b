"""What experts read of an application whose applicants are hidden from them (Round.hide_applicants; D4).

Registered names of units and people give way to their parts in the project everywhere we print text: title, sections,
tables, lists, notifications, file names. What stands inside attachments, and names that a text spells otherwise,
stay.
"""

from pathlib import PurePosixPath
from typing import Any

from reviews.models import Assignment, ReviewItem

# Shorter ones would hit parts of ordinary words.
SHORTEST = 2


class Mask:
    """Replaces names by words in texts and in trees of JSON; the longest name first."""

    def __init__(self, words: dict[str, str]):
        self.words = sorted(
            ((name, word) for name, word in words.items() if len(name) >= SHORTEST), key=lambda pair: -len(pair[0])
        )

    def text(self, text: str) -> str:
        """The text without the names."""
        for name, word in self.words:
            text = text.replace(name, word)
        return text

    def tree(self, value: Any) -> Any:
        """The same for every text in lists and dicts."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.tree(part) for part in value]
        return {key: self.tree(part) for key, part in value.items()} if isinstance(value, dict) else value


def mask_of(item: ReviewItem) -> Mask | None:
    """The mask of an item, None where applicants are shown."""
    if not item.round.hide_applicants:
        return None
    snapshot, application = item.version.snapshot, item.judged_application
    words = {application.lead_unit.name: "〔牵头单位〕", application.consortium.name: "〔联合体〕"}
    people = [person for person in snapshot.get("team", []) if isinstance(person, dict)]
    for place, row in enumerate(snapshot.get("consortium", {}).get("members", []), start=1):
        words.setdefault(row.get("name", ""), f"〔成员单位{place}〕")
    unit, leader = snapshot.get("unit", {}), snapshot.get("leader", {})
    words.setdefault(unit.get("name", ""), "〔牵头单位〕")
    words.setdefault(snapshot.get("consortium", {}).get("name", ""), "〔联合体〕")
    words.setdefault(leader.get("name", ""), "〔项目负责人〕")
    for name in (unit.get("legal_representative", ""), unit.get("contact", "")):
        words.setdefault(name, "〔单位人员〕")
    for place, row in enumerate(people, start=1):
        words.setdefault(row.get("name", ""), f"〔团队成员{place}〕")
        words.setdefault(row.get("unit", ""), "〔单位〕")
    return Mask(words)


def shown_title(item: ReviewItem) -> str:
    """The title of an item as its experts read it."""
    mask = mask_of(item)
    return mask.text(item.title) if mask else item.title


def shown_number(item: ReviewItem) -> str:
    """The number that experts know it by: a code of the review where applicants are hidden."""
    return f"评审编号 {item.pk}" if item.round.hide_applicants else item.number


def shown_unit(item: ReviewItem) -> str:
    """The lead unit as experts read it."""
    return "申报单位已隐去" if item.round.hide_applicants else str(item.judged_application.lead_unit)


def shown_snapshot(item: ReviewItem) -> dict:
    """The frozen application as experts read it."""
    mask = mask_of(item)
    return mask.tree(item.version.snapshot) if mask else item.version.snapshot


def file_alias(name: str, place: int) -> str:
    """What a file is called where its own name may give the applicant away."""
    return f"附件{place}{PurePosixPath(name).suffix.lower()}"


def alias_for(user, version, stored) -> str | None:
    """The name under which an expert gets a file of a version, None for its own name."""
    hidden = Assignment.objects.visible_to(user).filter(item__version=version, item__round__hide_applicants=True)
    if user.duty or not hidden.exists():
        return None
    places = list(version.files.order_by("pk").values_list("pk", flat=True))
    return file_alias(stored.name, places.index(stored.pk) + 1)
