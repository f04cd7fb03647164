"""The command line: `python -m gan_core --help`.

Commands import torch and what needs it inside their functions, so that help and run lists appear at once.
"""
