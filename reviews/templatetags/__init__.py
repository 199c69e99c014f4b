"""Template tags of judgement."""
