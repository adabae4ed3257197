"""The Engine API as bytes and values: no input, no output, no event loop."""
