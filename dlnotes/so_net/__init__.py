"""SO-Net: a self-organizing map of a cloud of points, and networks on its nodes.

In the order of the page: `grid`, `som`, `start`, `kohonen`, `topology`, `overlap`,
`node_encoder`, `cloud_networks`, `autoencoder`, `retrieval`, `node_windows`,
`map_heads`, `map_arms`.
"""
