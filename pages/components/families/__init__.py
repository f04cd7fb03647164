"""The parts of the Families page."""
