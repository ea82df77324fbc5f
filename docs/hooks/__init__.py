"""The site's own build steps, around mkdocs' plugins; `build.py` is the entry."""
