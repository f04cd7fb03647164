"""The Kitchen page: one part per file."""
