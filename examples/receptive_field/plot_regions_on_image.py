r"""
# Neighboring units of VGG-16 see almost the same picture

On a photograph: what three units see, and how the field outgrows the picture.

The regions are those of [Eq. (closed-region)](../../notes/receptive_field.md) along
both axes, for the fifth pooling of VGG-16 on a photograph of 640 by 427 pixels (the
Summer Palace in Beijing, by K. Spichale, which scikit-learn ships).
"""

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle
from sklearn.datasets import load_sample_image

from dlnotes.ledger import record
from dlnotes.receptive_field.fields import clip
from dlnotes.receptive_field.graphs import follow
from dlnotes.receptive_field.networks import vgg

image = load_sample_image("china.jpg")
height, width = image.shape[:2]
field = follow(vgg())  # the same along both axes
units = [(6, 9), (6, 10), (0, 0)]

# %%
# ## Three units on the photograph
#
# Crosses mark the centers. The two units in the middle are neighbors: their squares
# differ by one jump. Most of the square in the corner is padding.

fig, ax = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
picture = image[::2, ::2] // 16 * 16  # as small as its file should be
ax.imshow(picture, extent=(0, width, height, 0), interpolation="none")
for color, (row, column) in enumerate(units):
    (top, _), (start, _) = field.region(row), field.region(column)
    box = Rectangle((start, top), field.size, field.size, fill=False)
    box.set(edgecolor=f"C{color}", linewidth=2.5)
    ax.add_patch(box)
    ax.plot(field.center(column), field.center(row), "x", color=f"C{color}")
ax.set(xlim=(-110, width), ylim=(height, -110), title="What three units see")
ax.set(xlabel="column (pixels)", ylabel="row (pixels)")
ax.grid(visible=False)
fig.set_label(
    f"A photograph of a pavilion, three squares of {field.size} pixels: two in the "
    "middle overlap almost entirely, one in the corner lies mostly outside of the "
    "image."
)
plt.show()

# %%
# ## Count what they share

shared = 1 - float(field.jump) / field.size
corner = clip(field.region(0), width)
inside = ((corner[1] - corner[0] + 1) / field.size) ** 2
record("receptive_field/neighbors-share", shared, exact=True)
record("receptive_field/corner-inside", inside, exact=True)
print(f"field {field.size}, jump {field.jump}, start {field.start}")
