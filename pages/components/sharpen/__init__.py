"""The Sharpen page: a small picture, enlarged in several ways."""
