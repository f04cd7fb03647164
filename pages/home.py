"""What a trained GAN draws, what a GAN is, and what is at hand."""

import streamlit as st

from pages.components import home, shell

shell.open_page("pages/home.py")

with st.container(key="hero"):
    place = home.hero()
home.explanation()
home.pages_and_runs()
if place is not None:
    home.fill_digits(place)  # needs torch, which may still be loading; everything above is there already
home.at_hand()
