"""Kernel of the portal: what at least two apps share."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
