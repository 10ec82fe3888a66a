"""The HTTP service: the same readings as the command, for programs and for the page."""
