"""The demo year: like dev, with demo accounts that production refuses."""

from portal.settings.dev import *

DEMO = True
