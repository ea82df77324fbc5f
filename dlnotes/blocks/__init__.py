"""Parts that two or more notes need."""
