"""Models of the life cycle of a project."""

from projects.models.application import (
    Application,
    ApplicationSection,
    ApplicationVersion,
    Attachment,
    BudgetLine,
    FundingSource,
    KpiTarget,
    Stage,
    TeamMember,
)
from projects.models.call import AttachmentKind, Call, CallCorrection, Milestone
from projects.models.contract import ChangeRequest, Contract, Instalment
from projects.models.evidence import Evidence, EvidenceFile, WorkLogEntry
from projects.models.formality import FormalityItem, SupplementRequest
from projects.models.grants import ApplicationGroupGrant, ApplicationUserGrant, ProjectGroupGrant, ProjectUserGrant
from projects.models.notice import Objection, ObjectionFile, PublicNotice
from projects.models.project import Project
from projects.models.report import AcceptancePackage, PackageFile, ProgressReport, Rectification, RectificationFile

__all__ = [
    "AcceptancePackage",
    "Application",
    "ApplicationGroupGrant",
    "ApplicationSection",
    "ApplicationUserGrant",
    "ApplicationVersion",
    "Attachment",
    "AttachmentKind",
    "BudgetLine",
    "Call",
    "CallCorrection",
    "ChangeRequest",
    "Contract",
    "Evidence",
    "EvidenceFile",
    "FormalityItem",
    "FundingSource",
    "Instalment",
    "KpiTarget",
    "Milestone",
    "Objection",
    "ObjectionFile",
    "PackageFile",
    "ProgressReport",
    "Project",
    "ProjectGroupGrant",
    "ProjectUserGrant",
    "PublicNotice",
    "Rectification",
    "RectificationFile",
    "Stage",
    "SupplementRequest",
    "TeamMember",
    "WorkLogEntry",
]
