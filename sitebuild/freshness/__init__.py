"""Whether stored outputs still belong to the code and the data that made them."""
