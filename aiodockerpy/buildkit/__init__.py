"""BuildKit spoken natively: builds with everything the engine can do, and what it has in its cache."""
