"""The demo year: like dev, in a folder of its own, with demo accounts that production refuses."""

import os
from pathlib import Path

# Set before the base settings read it: every command finds the database that `make demo` loaded.
os.environ.setdefault("VAR_DIR", str(Path(__file__).resolve().parent.parent.parent / "var" / "demo"))

from portal.settings.dev import *

DEMO = True
# Clearly fictional: they stand in every paper of the demo year.
OFFICE = OFFICE | {
    "person": "程知行",
    "phone": "010-00000001",
    "support_phone": "010-00000002",
    "supervision_phone": "010-00000003",
    "email": "office@demo.example",
    "address": "北京市虚构区协同路1号",
    "postcode": "100000",
    "account_name": "北京市科学技术协会创新服务中心",
    "bank": "虚构银行北京协同路支行",
    "account_number": "0000000000000001",
    "representative": "孟经纬",
}
