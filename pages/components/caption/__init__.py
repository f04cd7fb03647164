"""The Say it page: a sentence, and what a network draws of it."""
