"""View helpers shared by the pages; they show what gan_core computes and compute nothing themselves."""
