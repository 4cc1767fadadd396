"""The primitive rules, by topic."""
