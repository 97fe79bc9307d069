"""The study folder: everything that a figure depends on, read, checked and computed."""
