"""The parts of the Codes page."""
