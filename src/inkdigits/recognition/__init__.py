"""From ink to numbers: the model, what its scores mean, and the reader that uses them."""
