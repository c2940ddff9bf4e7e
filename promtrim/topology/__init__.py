"""What is deployed, and how many: the model, its presets and its readers."""
