"""Bank accounts at rest: sealed with keys that are not in the database (Fernet: AES-128-CBC with HMAC-SHA256).

The first of settings.FIELD_KEYS seals, every one of them opens; docs/operations.md says how to change them.
"""

import functools
from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models

_MARK = "sealed:"


def key_from(secret: str) -> str:
    """A Fernet key made of any text; production lists real keys instead."""
    return urlsafe_b64encode(sha256(b"field key\x00" + secret.encode()).digest()).decode()


@functools.lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured("FIELD_KEYS must be Fernet keys, the newest first.") from error


def _keys() -> MultiFernet:
    return _box(tuple(settings.FIELD_KEYS) or (key_from(settings.SECRET_KEY),))


def seal(text: str) -> str:
    """The sealed form of a text; empty stays empty, and what is sealed already stays as it is."""
    if not text or is_sealed(text):
        return text
    return _MARK + _keys().encrypt(text.encode()).decode()


def is_sealed(text: str) -> bool:
    """Whether one of our keys sealed this text; a text that only looks like it is none."""
    if not text.startswith(_MARK):
        return False
    try:
        _keys().decrypt(text.removeprefix(_MARK).encode())
    except InvalidToken:
        return False
    return True


def unseal(text: str) -> str:
    """The text behind a seal; what was never sealed is given back. Raises ValidationError without the right key."""
    if not text.startswith(_MARK):
        return text
    try:
        return _keys().decrypt(text.removeprefix(_MARK).encode()).decode()
    except InvalidToken as error:
        raise ValidationError("账号密文无法解开，请联系平台管理员核对字段密钥。") from error


def last_four(text: str) -> str:
    """An account number as everybody may see it; empty for none."""
    plain = unseal(text)
    return f"**** **** {plain[-4:]}" if len(plain) > 4 else ("****" if plain else "")


class SealedField(models.TextField):
    """A text that is sealed in the database and plain in Python. It cannot be searched or ordered by."""

    def from_db_value(self, value, _expression, _connection):
        """Open what the database holds."""
        return None if value is None else unseal(value)

    def to_python(self, value):
        """Open what travels outside of the ORM (bundles, fixtures)."""
        return unseal(value) if isinstance(value, str) else value

    def get_prep_value(self, value):
        """Seal what goes into the database."""
        return None if value is None else seal(str(value))
