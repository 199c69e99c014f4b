"""The second wall: the database itself refuses edits of frozen rows, on both databases."""

import pytest
from django.db import IntegrityError, transaction

from consortia.models import Qualification
from projects.models import ApplicationVersion, Call, Contract, Instalment, PublicNotice
from tests.factories import make_application, make_call, make_contract, make_notice, make_project, make_version


def refuses(queryset, **changes) -> None:
    """Both UPDATE and DELETE are refused."""
    with pytest.raises(IntegrityError), transaction.atomic():
        queryset.update(**changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        queryset._raw_delete(queryset.db)


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
