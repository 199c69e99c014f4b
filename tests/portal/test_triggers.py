"""The second wall: the database itself refuses edits of frozen rows, on both databases."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from consortia.models import Qualification
from portal.triggers import Bar, Freeze
from projects.models import ApplicationVersion, Call, Contract, Instalment, PublicNotice
from tests.factories import make_application, make_call, make_contract, make_notice, make_project, make_version


def refuses(queryset, **changes) -> None:
    """Both UPDATE and DELETE are refused."""
    with pytest.raises(IntegrityError), transaction.atomic():
        queryset.update(**changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        queryset._raw_delete(queryset.db)


def _names() -> set[str]:
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db
def test_every_declared_trigger_stands_after_all_migrations():
    """A later change of a table makes SQLite rebuild it without its triggers: then they must be declared again."""
    migrations = MigrationLoader(connection).disk_migrations
    declared = {
        f"{label}_{operation.model}_{operation.name}_update".lower()
        for (label, _), migration in migrations.items()
        for operation in migration.operations
        if isinstance(operation, Freeze)
    }
    declared |= {
        f"{label}_{operation.model}_{operation.name}_insert".lower()
        for (label, _), migration in migrations.items()
        for operation in migration.operations
        if isinstance(operation, Bar)
    }
    assert len(declared) > 20
    assert declared <= _names()


@pytest.mark.django_db
def test_frozen_rows_refuse_edits():
    application = make_application(state="submitted")
    version = make_version(application)
    contract = make_contract(make_project())
    notice = make_notice([application])
    refuses(ApplicationVersion.objects.filter(pk=version.pk), snapshot={"title": "改写"})
    refuses(Contract.objects.filter(pk=contract.pk), amount=1)
    refuses(Instalment.objects.filter(contract=contract), amount=1)
    refuses(PublicNotice.objects.filter(pk=notice.pk), snapshot={})
    refuses(Qualification.objects.all(), reason="改写")


@pytest.mark.django_db
def test_call_is_open_as_draft_and_frozen_once_published():
    call = make_call(state="draft")
    Call.objects.filter(pk=call.pk).update(title="改过的标题")
    Call.objects.filter(pk=call.pk).update(state="published")
    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.filter(pk=call.pk).update(fixed_grant=1)
    Call.objects.filter(pk=call.pk).update(state="closed")


@pytest.mark.django_db(transaction=True)
def test_transactional_tests_can_flush_frozen_rows():
    make_version(make_application(state="submitted"))
    assert ApplicationVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_triggers_stand_again_after_a_flush():
    version = make_version(make_application(state="submitted"))
    refuses(ApplicationVersion.objects.filter(pk=version.pk), snapshot={})
