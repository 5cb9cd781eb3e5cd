"""A look at transactions of any shape -> the mapping that they seem to have, with its reasons: `aieco init`."""
