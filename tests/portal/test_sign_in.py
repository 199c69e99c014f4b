"""Signing in, a new password, and addresses that take forms only, in words that lead on."""

import pytest
from django.urls import reverse

from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
NEW = "xin-mima-2026-chang"


def test_wrong_password_says_what_to_do_and_not_which_of_the_two_is_wrong(client):
    user = make_user("officer")
    known = client.post(reverse("login"), {"username": user.username, "password": "wrong"}).text
    unknown = client.post(reverse("login"), {"username": "nobody-here", "password": "wrong"}).text
    assert "登录名或密码不正确" in known
    assert "登录名或密码不正确" in unknown


def test_new_password_names_empty_fields_and_is_confirmed(client):
    user = make_user("officer")
    client.force_login(user)
    assert "请填写“旧密码”" in client.post(reverse("password_change"), {}).text
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert "密码已修改" in client.post(reverse("password_change"), form, follow=True).text


def test_reloading_the_address_of_a_form_shows_a_page(client):
    client.force_login(make_user("officer"))
    answer = client.get(reverse("notifications_read"))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "只用来提交表单" in answer.text
    assert reverse("home") in answer.text
