"""What each branch of the graph costs as its input grows: one module a curve, measured by the same meter."""
