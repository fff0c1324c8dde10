"""Looking at a tape: why a gradient is None or zero, where a NaN came from, and what was recorded. Imported when asked for."""
