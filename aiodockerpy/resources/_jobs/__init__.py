"""Fan-out: many jobs with a limit on how many run, on one engine or on a swarm."""
