"""How well a bundle reads: measures, the suites that take them, and the report of a run."""
