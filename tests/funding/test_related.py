"""The register of related units in the admin (17(5)(7))."""

import pytest
from django.urls import reverse

from funding.models import RelatedUnit
from portal.models import Event
from tests import factories
from tests.funding.money_tools import make_scene

pytestmark = pytest.mark.django_db
ADD = "admin:funding_relatedunit_add"


@pytest.fixture
def scene():
    return make_scene()


def values(unit, **changes):
    return {
        "unit": unit.pk,
        "name": "北京衡远科技有限公司",
        "relation": "subsidiary",
        "source": "工商登记信息",
    } | changes


def test_finance_enters_and_ends_a_related_unit(client, scene):
    client.force_login(scene.finance)
    unit = scene.project.lead_unit
    for wrong in ({"credit_code": "123"}, {"name": unit.name}, {"source": ""}):
        assert client.post(reverse(ADD), values(unit, **wrong)).status_code == 200
    assert client.post(reverse(ADD), values(unit)).status_code == 302
    row = RelatedUnit.objects.get()
    assert (row.added_by, row.name_key) == (scene.finance, "北京衡远科技有限公司")
    assert "已登记" in client.post(reverse(ADD), values(unit)).content.decode()
    change = reverse("admin:funding_relatedunit_change", args=[row.pk])
    assert client.post(change, values(unit, ended_on="2026-01-31")).status_code == 302
    row.refresh_from_db()
    assert str(row.ended_on) == "2026-01-31"
    assert Event.objects.filter(verb="related.save", outcome="ok").count() == 2


def test_others_do_not(client, scene):
    client.force_login(scene.director)
    assert client.post(reverse(ADD), values(scene.project.lead_unit)).status_code == 403
    client.force_login(factories.make_person(scene.project.lead_unit, "drafter"))
    assert client.get(reverse("admin:funding_relatedunit_changelist")).status_code in (302, 403)
    assert not RelatedUnit.objects.exists()
