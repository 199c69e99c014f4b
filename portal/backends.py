"""Who a password lets in: Django's rule, less the password that the demo publishes."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError

from portal.models import User


def is_published(password: str | None) -> bool:
    """Whether this is the demo's password outside the demo: everybody can read it in the README's demo."""
    return not settings.DEMO and password == settings.DEMO_PASSWORD


class PortalBackend(ModelBackend):
    """Passwords of the database. A demo year that is served with other settings lets nobody in."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        """The user, or None; a refusal takes as long as any other one."""
        if is_published(password):
            User().set_password(password)
            return None
        return super().authenticate(request, username=username, password=password, **kwargs)


class PublishedPasswordValidator:
    """Keeps the demo's password from being chosen where it would open nothing."""

    def validate(self, password, user=None):
        """Raises ValidationError."""
        if is_published(password):
            raise ValidationError(self.get_help_text(), code="password_published")

    def get_help_text(self):
        """Shown under the field."""
        return "不能使用演示环境公布的密码。"
