"""BERT: learn from text alone by filling in what was hidden, and its variants.

In the order of the page: `tokens`, `embedding`, `model`, `pretraining`, `sizes`,
`masking`, `pairs`, `heads`, `learning`, `albert`, `distillation`, `electra`, `spans`,
`boundary`, `disentangled`, `corruption`, `infilling`, `causal`, `contextual`,
`training`, `alignment`, `probing`, `loading`.
"""
