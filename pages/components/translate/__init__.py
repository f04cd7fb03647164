"""The Translate page: what a network is given, and what it makes of it."""
