"""From a recipe to a bundle: recipes, fitting, calibration, export."""
