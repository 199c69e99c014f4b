"""The demo accounts. Every command that makes them refuses elsewhere, and their password opens nothing there."""

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from portal.models import Event

PASSWORD = settings.DEMO_PASSWORD
NAMED = (
    ("填报人", "drafter", "林晓棠"),
    ("项目负责人", "leader", "顾明远"),
    ("单位管理员", "unitadmin", "苏静之"),
    ("监督专员", "supervisor", "程素琴"),
    ("成员单位人员", "member", "潘正阳"),
    *((f"评审专家 {number}", f"expert{number}", "") for number in range(1, 10)),
    ("中心经办", "officer", "郑允文"),
    ("中心财务", "finance", "邱慧敏"),
    ("中心负责人", "director", "卢建章"),
    ("市科协", "bast", "韩若谷"),
    ("第三方审计", "auditor", "汪思诚"),
    ("系统管理员", "sysadmin", "侯志坚"),
    ("审计管理员", "logadmin", "梅清秋"),
)


def login_extras(request) -> dict:
    """What the login page shows in the demo: one button a role; nothing anywhere else."""
    if not settings.DEMO or request.user.is_authenticated or request.path != reverse("login"):
        return {}
    return {"demo_accounts": [(role, username) for role, username, _ in NAMED], "demo_password": PASSWORD}


def traces() -> QuerySet[Event]:
    """The log's entries of demo data; none in a database that is used in earnest."""
    return Event.objects.filter(verb__in=("demo.load", "demo.bulk"))
