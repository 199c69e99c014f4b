"""The public list of approved projects (I7, N2)."""

import pytest
from django.urls import reverse

from tests.factories import make_project

pytestmark = pytest.mark.django_db


def test_public_reads_projects_and_results_but_no_people(client):
    passed = make_project(state="closed", conclusion="passed", title="已经通过的项目")
    failed = make_project(state="failed", conclusion="failed", title="没有通过的项目")
    running = make_project(title="正在执行的项目")
    page = client.get(reverse("funded_list")).text
    for project in (passed, failed, running):
        assert project.number in page
        assert project.leader.name not in page
    assert [page.count(f">{word}<") for word in ("通过验收", "已结束", "执行中")] == [1, 1, 1]
    assert "未通过" not in page


def test_public_list_is_filtered_and_says_when_nothing_fits(client):
    make_project(title="视觉质检协同")
    make_project(title="细胞制剂质控")
    page = client.get(reverse("funded_list"), {"q": "视觉"}).text
    assert "视觉质检协同" in page
    assert "细胞制剂质控" not in page
    assert "没有符合条件的项目" in client.get(reverse("funded_list"), {"q": "没有这个"}).text


@pytest.mark.parametrize("count", [1, 3])
def test_public_list_asks_a_fixed_number_of_questions(client, django_assert_num_queries, count):
    for _ in range(count):
        make_project()
    with django_assert_num_queries(2):
        client.get(reverse("funded_list"))
