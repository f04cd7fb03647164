"""`python -m gan_core.weights`: writes weights/README.md anew from the cards."""

from __future__ import annotations

import sys

from gan_core.settings import UserError
from gan_core.weights.index import write_index

if __name__ == "__main__":
    try:
        path = write_index()
    except UserError as error:
        sys.exit(str(error))
    print(f"Wrote {path.name}")
