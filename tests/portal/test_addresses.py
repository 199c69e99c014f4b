"""Whose request it is: behind no proxy, one or two, with headers that lie."""

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from redis import ConnectionError as RedisDown

from portal.addresses import client_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.7", "10.0.0.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "198.51.100.7", "10.0.0.1"),
        (1, "2001:DB8::0001", "2001:db8::1"),
        (1, "", "10.0.0.1"),
        (1, "<script>", "10.0.0.1"),
        (1, None, "10.0.0.1"),
    ],
)
def test_the_caller_stands_as_far_from_the_right_as_there_are_proxies(settings, proxies, forwarded, expected):
    settings.PROXY_COUNT = proxies
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", **headers)) == expected


def test_a_flood_behind_a_proxy_stops_its_author_only(client, db, settings):
    settings.PROXY_COUNT = 1
    asked = {"code": "没有这个码"}
    answers = [
        client.post("/units/query/", asked, HTTP_X_FORWARDED_FOR=f"1.2.3.{n}, 198.51.100.7").status_code
        for n in range(61)
    ]
    assert 429 not in answers[:60]
    assert answers[60] == 429
    assert client.post("/units/query/", asked, HTTP_X_FORWARDED_FOR="198.51.100.8").status_code != 429


def test_a_lost_cache_is_said_and_no_crash(client, db, monkeypatch):
    def down(*_args, **_kwargs):
        raise RedisDown("connection refused")

    monkeypatch.setattr(cache, "add", down)
    assert client.post("/units/query/", {"code": "没有这个码"}).status_code == 503
