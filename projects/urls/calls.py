"""Addresses: calls."""

urlpatterns = []
