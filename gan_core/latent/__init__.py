"""What can be done with a trained generator's latent vectors: walks, directions, searches, exchange."""
