"""How fast inkdigits reads, each speed as a ratio to a peer measured in the same run."""
