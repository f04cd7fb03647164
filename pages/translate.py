"""Give a trained network an outline or a part of a picture, and see the whole picture it makes of it."""

import streamlit as st

from pages.components import shell
from pages.components.translate import page

shell.open_page("pages/translate.py")
page.show(st.query_params.to_dict())
