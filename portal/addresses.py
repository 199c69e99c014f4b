"""Whose request it is, behind however many proxies: the one address that limits, locks and the log go by."""

import ipaddress

from django.conf import settings


def client_address(request) -> str:
    """The caller's address, "" where the server tells none.

    Every proxy of ours appends to X-Forwarded-For whom it talked to, so with PROXY_COUNT of them the caller stands that
    many places from the right; what stands further left the caller wrote himself. A header that is too short or holds
    no address came past the proxies and counts for nothing.
    """
    direct = request.META.get("REMOTE_ADDR", "")
    if not settings.PROXY_COUNT:
        return direct
    places = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(places) < settings.PROXY_COUNT:
        return direct
    try:
        return str(ipaddress.ip_address(places[-settings.PROXY_COUNT].strip()))
    except ValueError:
        return direct
