"""Money that moved: disbursement, ledger, ban findings, audit, clawback (articles 12-17)."""
