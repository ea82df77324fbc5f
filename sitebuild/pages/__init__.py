"""What the pages show: links, figures, references, and what macros insert."""
