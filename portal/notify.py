"""Tell people: a row in the portal and, through the outbox, a mail. The last line of an action, in plain sight."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Count

from portal import access
from portal.bundle import Question
from portal.models import Notification, OutboxMail


def _unread(user: int):
    return (
        Notification.objects.filter(user=user, read_at__isnull=True).order_by().values("user").annotate(n=Count("pk"))
    )


access.register_standing("unread", Question(_unread, ("n",)), lambda user, rows: ())


def unread_of(user) -> int:
    """How many notifications the user had not read when the request began; no query beyond the user's standing."""
    return sum(row["n"] for row in access.standing_of(user)["unread"])


def tell(users: Iterable, title: str, body: str = "", *, url: str = "", key: str = "", mail: bool = True) -> int:
    """Notify each active user once (`key` makes repeats harmless); returns how many were told.

    `url` is a local path; mails carry it with the fixed site address, never with the request's host.
    """
    users = {user.pk: user for user in users if user is not None and user.is_active}
    if key:
        told = Notification.objects.filter(user__in=users, key=key).values_list("user_id", flat=True)
        users = {pk: user for pk, user in users.items() if pk not in set(told)}
    Notification.objects.bulk_create(
        [
            Notification(user=user, title=title[:120], body=body, url=url[:200], key=key[:120])
            for user in users.values()
        ],
        ignore_conflicts=bool(key),
    )
    if mail:
        OutboxMail.objects.bulk_create([_mail(u.email, title, body, url) for u in users.values() if u.email])
    return len(users)


def write_to(address: str, title: str, body: str, *, url: str = "") -> None:
    """Mail to somebody who has no account yet (an invitation); `url` is a local path."""
    _mail(address, title, body, url).save()


def write_each(mails: Iterable[tuple[str, str, str, str]]) -> None:
    """Mail to many people without an account: (address, title, body, local path) each."""
    OutboxMail.objects.bulk_create([_mail(*mail) for mail in mails], batch_size=500)


def _mail(address: str, title: str, body: str, url: str) -> OutboxMail:
    text = f"{body or title}\n\n{settings.SITE_URL}{url}\n\n本邮件由科创协同项目管理平台自动发送，请勿直接回复。"
    return OutboxMail(to=address, subject=_one_line(title), body=text)


def _one_line(text: str) -> str:
    """Mail headers take one line: no injected header survives."""
    return " ".join(text.split())[:150]


def send_again(mails) -> int:
    """Queue failed mails again (a queryset); returns how many."""
    return mails.filter(status="failed").update(status="queued", attempts=0, error="")
