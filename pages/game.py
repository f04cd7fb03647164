"""Be the discriminator: tell real pictures from generated ones, against D and together with the class."""

import streamlit as st

from pages.components import shell
from pages.components.game import page

shell.open_page("pages/game.py")
page.show(st.query_params.to_dict())
