"""PointConv: convolution with a continuous kernel, on points that lie anywhere.

In the order of the page: `continuous`, `density`, `efficient`, `memory`, `images`,
`neighborhood`, `layer`, `deconvolution`, `model`.
"""
