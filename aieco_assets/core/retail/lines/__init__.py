"""A table of a file and the shop's mapping -> typed lines of the warehouse, or why a row is none. Pure."""
