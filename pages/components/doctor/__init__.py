"""The doctor on the Train page: what is happening in a run, and what can be done about it."""
