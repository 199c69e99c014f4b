"""States and transitions of the kernel's own objects: data."""

from dataclasses import dataclass

from django.db import models


@dataclass(frozen=True)
class Transition:
    """One edge of a state table: from which states, to which, the button's words, who may, by which article."""

    sources: frozenset[str]
    target: str
    label: str
    perm: str
    article: str = ""
    danger: bool = False

    def __init__(self, sources, target, label, perm, article="", danger=False):
        for key, value in (("sources", frozenset(sources)), ("target", target), ("label", label)):
            object.__setattr__(self, key, value)
        for key, value in (("perm", perm), ("article", article), ("danger", danger)):
            object.__setattr__(self, key, value)


class ScanState(models.TextChoices):
    """What the virus scan says of a stored file."""

    CLEAN = "clean", "已通过"
    UNSCANNED = "unscanned", "未查毒"
    QUARANTINED = "quarantined", "待查毒"
    INFECTED = "infected", "已隔离"


# Only these are opened, sent or built upon.
USABLE_SCANS = frozenset({ScanState.CLEAN, ScanState.UNSCANNED})


class DocumentState(models.TextChoices):
    """Life of a generated document."""

    QUEUED = "queued", "排队中"
    RENDERING = "rendering", "生成中"
    READY = "ready", "已生成"
    FAILED = "failed", "生成失败"


DOCUMENT_TRANSITIONS = {
    "start": Transition({"queued", "rendering"}, "rendering", "开始生成", "portal.system"),
    "finish": Transition({"rendering"}, "ready", "生成完成", "portal.system"),
    "fail": Transition({"rendering"}, "failed", "生成失败", "portal.system"),
    "retry": Transition({"failed"}, "queued", "重新生成", "portal.retry_document"),
}
