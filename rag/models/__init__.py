"""Language models that write answers: the port, and what speaks to them."""
