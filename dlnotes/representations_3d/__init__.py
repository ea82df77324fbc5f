"""Views, voxels, points and meshes of one shape, and a network on each of them.

Beside the modules in the order of the page there are `layers`, parts that
several networks share, `costs`, what they have to compute, `objects`, what all of them
see, `inputs`, what they refuse, and `families`, a small network of each family.

In the order of the page: `mvcnn`, `voxnet`, `submanifold`, `ordering`, `symmetric`,
`critical`, `pointnet`, `covering`, `groups`, `abstraction`, `thinning`, `hierarchy`,
`pointnet2`, `edges`, `dgcnn`, `laplacian`, `spectral`.
"""
