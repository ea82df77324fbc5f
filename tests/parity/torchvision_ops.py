"""Lets torchvision be imported beside a torch for the CPU.

Its file on PyPI is built for CUDA: its own operators cannot be loaded, and the import
ends where it describes two of them. The packages that are compared use none.
"""

import torch

LIBRARY = torch.library.Library("torchvision", "DEF")
LIBRARY.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
LIBRARY.define(
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
