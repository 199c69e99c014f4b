"""Admin of money, one module a part; each is imported here so that it registers."""

from funding.admin import audits, clawbacks, disbursements, ledger, lexicon, related

__all__ = ["audits", "clawbacks", "disbursements", "ledger", "lexicon", "related"]
