"""How good trained networks are: every number with its sample count and what real data score beside it."""
