"""Bank accounts at rest: sealed, opened, masked; keys change without loss."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from consortia.actions import changes
from consortia.models import Unit
from portal.models import Event
from portal.sealed import is_sealed, last_four, seal, unseal
from tests import factories

NUMBER = "6222021234567890"


@given(st.text(min_size=1, max_size=60).filter(lambda text: "\x00" not in text))
def test_what_is_sealed_opens_again_and_shows_nothing(text):
    sealed = seal(text)
    assert unseal(sealed) == text
    assert is_sealed(sealed)
    assert seal(sealed) == sealed
    assert seal("") == unseal("") == ""
    # A text that only looks sealed is sealed like any other.
    assert unseal(seal(f"sealed:{text}")) == f"sealed:{text}"


def test_mask_shows_four_digits_of_a_long_number_and_none_of_a_short_one():
    assert (last_four(NUMBER), last_four(seal(NUMBER))) == ("**** **** 7890",) * 2
    assert (last_four("123"), last_four("")) == ("****", "")


def test_a_changed_token_is_refused_in_words(settings):
    with pytest.raises(ValidationError, match="密钥"):
        unseal(seal(NUMBER)[:-4] + "AAAA")
    sealed = seal(NUMBER)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(ValidationError, match="密钥"):
        unseal(sealed)
    settings.FIELD_KEYS = ["short"]
    with pytest.raises(ImproperlyConfigured):
        seal(NUMBER)


def _column(table, column, pk):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [pk])  # noqa: S608  # names of ours
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_database_never_holds_the_number_and_the_command_moves_to_the_new_key(settings):
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    settings.FIELD_KEYS = [old]
    unit = factories.make_unit(bank_account=NUMBER)
    admin = factories.make_person(unit, "unitadmin")
    proof = factories.stored_file()
    wanted = {"bank_account": "6222000011112222"}
    change = changes.request_change(unit, kind="bank", wanted=wanted, reason="换行", proof=proof, by=admin)
    before = _column("consortia_unit", "bank_account", unit.pk)
    assert NUMBER not in before
    assert "6222000011112222" not in str(_column("consortia_unitchange", "wanted", change.pk))
    settings.FIELD_KEYS = [new, old]
    call_command("reseal_accounts", verbosity=0)
    assert _column("consortia_unit", "bank_account", unit.pk) != before
    settings.FIELD_KEYS = [new]
    assert Unit.objects.get(pk=unit.pk).bank_account == NUMBER
    # What is frozen keeps its seal: the old key stays in the list behind the new one.
    settings.FIELD_KEYS = [new, old]
    changes.accept_change(type(change).objects.get(pk=change.pk), by=factories.make_user("finance"), note="核对无误")
    assert Unit.objects.get(pk=unit.pk).bank_account == "6222000011112222"
    for event in Event.objects.all():
        assert NUMBER not in str((event.before, event.after, event.note))
        assert "6222000011112222" not in str((event.before, event.after, event.note))
