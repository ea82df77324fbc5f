"""SO-Net: a self-organizing map of a cloud of points, and networks on its nodes.

In the order of the page: `som`, `kohonen`, `start`, `topology`, `overlap`,
`node_encoder`, `networks`, `autoencoder`, `retrieval`, `windows`, `map_heads`.
"""
