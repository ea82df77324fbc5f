"""Masked autoencoders: hide most of an image, and learn by filling it in.

In the order of the page: `masking`, `model`, `target`, `cost`,
`pretraining`, `baselines`, `finetuning`, `loading`.
"""
