"""Judgement: selection rounds and acceptance rounds (articles 8(2), 11), acceptance report."""
