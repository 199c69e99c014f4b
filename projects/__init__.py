"""The life cycle: call, application, notice, contract, KPI evidence, reports, rectification."""
