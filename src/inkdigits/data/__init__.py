"""Data sets by name, synthesis and augmentation, for training and evaluation."""
