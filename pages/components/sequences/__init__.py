"""The parts of the Sequences page."""
