"""The lab's pages: one thin script each, over the helpers in pages.components."""
