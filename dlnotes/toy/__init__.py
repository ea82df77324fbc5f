"""Small data, drawn from a generator or shipped by an installed package."""
