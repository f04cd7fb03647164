"""The parts of the page "Spot the fake"."""
