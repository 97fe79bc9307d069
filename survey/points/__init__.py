"""Points where residents are reached: codes, their images, printed sheets."""
