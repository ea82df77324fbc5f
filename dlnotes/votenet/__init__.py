"""Hough voting: points vote for what they belong to, from lines to boxes in rooms.

In the order of the page: `lines`, `peaks`, `circles`, `generalized`, `targets`,
`voting`, `clustering`, `proposals`, `headings`, `objectness`, `box_loss`, `model`,
`boxnet`, `boxes`, `clipping`, `suppression`, `average_precision`, `detector`,
`scans`.
"""
