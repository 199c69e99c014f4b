"""Kernel models: people, the event log, files, documents, notifications, the calendar."""

from portal.models.calendar import CalendarDay
from portal.models.document import Document
from portal.models.event import Event
from portal.models.notification import Notification, OutboxMail
from portal.models.stored_file import StoredFile
from portal.models.user import Duty, User

__all__ = ["CalendarDay", "Document", "Duty", "Event", "Notification", "OutboxMail", "StoredFile", "User"]
