"""Four ways to see a shape: views, volumes, points, graphs."""
