"""The center's pages of conflicts: of an expert, of an application, hints, letters, ends, ties between units."""

import pytest
from django.urls import reverse
from django.utils import timezone

from reviews.actions import interests
from reviews.models import ExpertConflict, HintCheck, UnitTie
from tests.factories import make_expert, make_unit, make_user, seat
from tests.reviews.worlds import applications_under_review, open_world, seat_of, selection_round

pytestmark = pytest.mark.django_db
ADD = "admin:reviews_expertconflict_add"


@pytest.fixture
def officer(client):
    user = make_user("officer")
    client.force_login(user)
    return user


def _of(expert) -> str:
    return reverse("admin:reviews_expert_interests", args=[expert.pk])


def _about(application) -> str:
    return reverse("admin:reviews_expertconflict_application", args=[application.pk])


def _hinted():
    application = applications_under_review(1)[0]
    member = application.consortium.memberships.filter(role="member").first().unit
    twin = make_user(name="<i>同名</i>")
    seat(twin, member, "member")
    return make_expert(user=make_user(name="<i>同名</i>")), application, f"user:{twin.pk}"


def test_both_pages_say_what_was_found_why_and_since_when(client, officer):
    application = applications_under_review(1)[0]
    expert = make_expert(user=make_user(name="周回避"), unit=application.lead_unit)
    interests.pin_conflict(expert=expert, by=officer, kind="teacher", application=application, note="博士导师")
    for page in (_of(expert), _about(application)):
        text = client.get(page).content.decode()
        assert "现任职于牵头单位" in text
        assert "师生" in text
    assert "博士导师" in client.get(_of(expert)).content.decode()
    assert "周回避" in client.get(_about(application)).content.decode()


def test_a_hint_is_decided_on_either_page_with_a_reason(client, officer):
    expert, application, key = _hinted()
    for page in (_of(expert), _about(application)):
        text = client.get(page).content.decode()
        assert "不能确定是否本人" in text
        assert "<i>同名" not in text
    url = reverse("admin:reviews_expert_hint", args=[expert.pk])
    form = {"key": key, "application": application.pk, "verdict": "no", "note": ""}
    assert "请写明核实的理由" in client.post(url, form, follow=True).content.decode()
    done = client.post(url, form | {"note": "身份证号不同", "back": "application"})
    assert done["Location"] == _about(application)
    assert HintCheck.objects.get().is_conflict is False
    assert "不能确定是否本人" not in client.get(_about(application)).content.decode()
    again = client.post(url, form | {"note": "身份证号不同"}, follow=True).content.decode()
    assert "已经核实过" in again
    client.post(url, form | {"application": "", "verdict": "yes", "note": "经核实为同一人"})
    page = client.get(_of(expert)).content.decode()
    assert "中心已核实认定" in page
    assert HintCheck.objects.first().about == HintCheck.objects.last().about


@pytest.mark.parametrize(
    "change", [{"key": "user:0"}, {"verdict": "perhaps"}, {"application": "x"}, {"application": "9" * 18}, {"key": ""}]
)
def test_a_forged_hint_is_refused(client, officer, change):
    expert, application, key = _hinted()
    form = {"key": key, "application": application.pk, "verdict": "yes", "note": "经核实为同一人"} | change
    page = client.post(reverse("admin:reviews_expert_hint", args=[expert.pk]), form, follow=True)
    assert "这条线索已经变化" in page.content.decode()
    assert not HintCheck.objects.exists()


def test_a_conflict_is_pinned_by_number_or_name_and_ends_running_seats(client, officer):
    round, (first, *_), _ = open_world()
    application = round.items.get().application
    form = {"expert": first.pk, "kind": "family", "application": application.number, "note": "配偶为项目组成员"}
    for wrong, word in (
        ({"application": ""}, "二者选其一"),
        ({"unit": application.lead_unit.name}, "二者选其一"),
        ({"application": "没有"}, "没有编号为"),
        ({"application": "", "unit": "没有这个单位"}, "没有登记"),
        ({"kind": "friend"}, "选择"),
        ({"since": "2025-02-30"}, "格式填写日期"),
        ({"since": "2025-03-02", "until": "2025-03-01"}, "不能早于起始日期"),
        ({"kind": "administrative", "note": ""}, "写明是什么情形"),
    ):
        page = client.post(reverse(ADD), form | wrong)
        assert page.status_code == 400
        assert word in page.content.decode()
    assert not ExpertConflict.objects.exists()
    assert client.post(reverse(ADD), form).status_code == 302
    assert seat_of(round, first).state == "voided"
    twice = client.post(reverse(ADD), form)
    assert (twice.status_code, "已经登记" in twice.content.decode()) == (400, True)
    code = application.lead_unit.credit_code
    assert client.post(reverse(ADD), form | {"application": "", "unit": code, "kind": "economic"}).status_code == 302


def test_letters_of_the_unit_are_recorded_with_their_day_and_counted(client, officer):
    application = applications_under_review(1)[0]
    today = timezone.localdate()
    text = client.get(f"{reverse(ADD)}?application={application.number}&kind=requested").content.decode()
    assert application.number in text
    form = {"kind": "requested", "application": application.number, "note": "学术争议", "letter_on": str(today)}
    for _ in range(3):
        assert client.post(reverse(ADD), form | {"expert": make_expert().pk}).status_code == 302
    fourth = client.post(reverse(ADD), form | {"expert": make_expert().pk})
    assert "每项最多 3 位" in fourth.content.decode()
    page = client.get(_about(application)).content.decode()
    assert "申请回避 3 / 3 位" in page
    assert "登记申请书" not in page


def test_a_record_is_ended_once_with_its_reason(client, officer):
    application, expert = applications_under_review(1)[0], make_expert()
    row = interests.pin_conflict(expert=expert, by=officer, kind="coauthor", application=application)
    end = reverse("admin:reviews_expertconflict_end", args=[row.pk])
    assert client.get(end).status_code == 200
    assert client.post(end, {"note": ""}).status_code == 400
    assert client.post(end, {"note": "登记有误"}).status_code == 302
    assert "已经解除" in client.post(end, {"note": "再解除一次"}).content.decode()
    page = client.get(_of(expert)).content.decode()
    assert "登记有误" in page
    assert "没有须回避的项目" in page
    listed = client.get(reverse("admin:reviews_expertconflict_changelist") + "?ended_at=yes").content.decode()
    assert "已解除" in listed


def test_units_are_tied_and_untied_in_the_browser(client, officer):
    application, parent = applications_under_review(1)[0], make_unit()
    expert = make_expert(unit=parent)
    add = reverse("admin:reviews_unittie_add")
    form = {"parent": parent.name, "child": application.lead_unit.credit_code, "note": "全资子公司"}
    for wrong in ({"child": parent.name}, {"note": ""}, {"parent": "没有"}):
        assert client.post(add, form | wrong).status_code == 400
    assert client.post(add, form).status_code == 302
    assert client.post(add, form).status_code == 400
    assert "上下级单位" in client.get(_of(expert)).content.decode()
    end = reverse("admin:reviews_unittie_end", args=[UnitTie.objects.get().pk])
    assert client.post(end, {"note": "股权已转让"}).status_code == 302
    assert "上下级单位" not in client.get(_of(expert)).content.decode()


def test_an_expert_declares_and_sees_what_became_of_it(client, officer):
    expert, unit = make_expert(), make_unit()
    client.force_login(expert.user)
    url = reverse("review_conflicts")
    form = {"unit": unit.name, "kind": "economic", "note": "持股"}
    make_unit(name="示例甲研究院")
    other = make_unit(name="示例乙研究院")
    many = client.post(url, form | {"unit": "示例"}).content.decode()
    assert "示例甲研究院、示例乙研究院" in many or "示例乙研究院、示例甲研究院" in many
    assert client.post(url, form | {"unit": "例乙研"}).status_code == 302
    interests.end_conflict(expert.conflicts.get(unit=other), by=officer, note="登记有误")
    assert "申报单位申请回避" not in client.get(url).content.decode()
    assert client.post(url, form | {"kind": "requested"}).status_code == 400
    assert client.post(url, form).status_code == 302
    assert client.post(url, form).status_code == 400
    interests.end_conflict(expert.conflicts.get(unit=unit), by=officer, note="已经转让股份")
    assert "已由中心解除" in client.get(url).content.decode()
    assert client.post(url, form).status_code == 302


@pytest.mark.parametrize("duty", ["director", "bast"])
def test_others_read_but_do_not_decide(client, officer, duty):
    expert, application, key = _hinted()
    row = interests.pin_conflict(expert=make_expert(), by=officer, kind="family", application=application)
    client.force_login(make_user(duty))
    for page in (_of(expert), _about(application)):
        text = client.get(page).content.decode()
        assert "待中心经办核实" in text
        assert "登记利益冲突</a>" not in text
    acts = [
        (reverse("admin:reviews_expert_hint", args=[expert.pk]), {"key": key, "verdict": "no", "note": "不是本人"}),
        (reverse("admin:reviews_expertconflict_end", args=[row.pk]), {"note": "登记有误"}),
        (reverse(ADD), {}),
        (reverse("admin:reviews_unittie_add"), {}),
    ]
    assert {client.post(url, form).status_code for url, form in acts} == {403}


@pytest.mark.parametrize("duty", ["finance", "logadmin", ""])
def test_other_duties_do_not_read(client, officer, duty):
    expert, application, _ = _hinted()
    client.force_login(make_user(duty))
    assert {client.get(page).status_code for page in (_of(expert), _about(application))} <= {302, 403}


@pytest.mark.parametrize("count", [1, 4])
def test_pages_of_conflicts_take_a_constant_number_of_queries(client, officer, count, django_assert_num_queries):
    rows = applications_under_review(count)
    selection_round(rows, officer)
    experts = [make_expert(unit=row.lead_unit) for row in rows]
    for expert in experts:
        interests.pin_conflict(expert=expert, by=officer, kind="family", application=rows[0])
        interests.pin_conflict(expert=experts[0], by=officer, kind="economic", unit=expert.unit)
    client.get(_of(experts[0]))
    with django_assert_num_queries(15):
        client.get(_of(experts[0]))
    with django_assert_num_queries(12):
        client.get(_about(rows[0]))
