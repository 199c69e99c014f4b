"""Commands of judgement."""
