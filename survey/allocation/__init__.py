"""Who sets how many answers of which group may come from which area, and sees how full they are."""
