"""Is it mode collapse? What a generator makes, what is missing, what repeats, and when it was lost."""

import streamlit as st

from pages.components import shell
from pages.components.collapse import page

shell.open_page("pages/collapse.py")
page.show(st.query_params.to_dict())
