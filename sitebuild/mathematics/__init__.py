"""Formulas are typeset once, while the site is built."""
