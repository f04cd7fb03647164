"""The 2-D lab's page."""
