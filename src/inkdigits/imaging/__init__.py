"""From untrusted bytes to ink: decoding, ink, layout and normalisation."""
