"""The Collapse page: one part per file."""
