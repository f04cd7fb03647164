"""The parts of the Classes page."""
