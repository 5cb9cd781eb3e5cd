"""Planning, running and describing the graph through Dagster's own API, for the command line."""
