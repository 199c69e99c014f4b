"""Admin of money, one module a part; each is imported here so that it registers."""

from funding.admin import audits, budget, clawbacks, disbursements, ledger, lexicon, related

__all__ = ["audits", "budget", "clawbacks", "disbursements", "ledger", "lexicon", "related"]
