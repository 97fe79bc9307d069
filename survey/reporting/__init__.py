"""What officials read: rates with their intervals, as tables and pictures."""
