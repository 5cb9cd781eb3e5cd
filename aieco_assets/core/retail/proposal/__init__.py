"""A look at transactions of any shape -> the mapping that they seem to have, with reasons: what `aieco init` proposes."""
