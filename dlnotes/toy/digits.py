"""Real handwritten digits, small enough to train on in seconds."""

import torch
from torch import Tensor


def load_digits() -> tuple[Tensor, Tensor]:
    """Load the handwritten digits that scikit-learn ships; nothing is downloaded.

    The images are the test part of a UCI collection by E. Alpaydin and C. Kaynak
    (1998), reduced to 8 x 8 pixels with 17 levels of grey.

    Returns:
        Images, shape `(1797, 64)`, float32 between 0 and 1, and labels 0 to 9, shape
        `(1797,)`, int64, in the order of the collection.

    Raises:
        ImportError: If scikit-learn is not installed.

    Examples:
        >>> images, labels = load_digits()
        >>> images.shape, labels[:5].tolist()
        (torch.Size([1797, 64]), [0, 1, 2, 3, 4])
    """
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError("load_digits needs scikit-learn to be installed") from error
    images, labels = datasets.load_digits(return_X_y=True)
    return torch.tensor(images, dtype=torch.float32) / 16, torch.tensor(labels)
