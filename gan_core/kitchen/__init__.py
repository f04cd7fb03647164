"""The collapse kitchen: what causes mode collapse, what cures it, and the runs that show it."""
