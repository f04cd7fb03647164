"""The Both ways page: two domains that a family learned to translate into each other."""
