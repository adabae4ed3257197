"""The session manager: every connection to the engine is made, counted and closed here."""
