"""Type a sentence and see what a trained network draws of it: embedding, sketch, picture."""

import streamlit as st

from pages.components import shell
from pages.components.caption import page

shell.open_page("pages/caption.py")
page.show(st.query_params.to_dict())
