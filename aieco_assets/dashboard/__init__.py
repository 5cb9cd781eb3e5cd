"""The sales dashboard: what analysts may see of the warehouse, as figures that answer to what a reader chooses."""
