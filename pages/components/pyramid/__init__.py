"""The Pyramid page: a picture built from coarse to fine."""
