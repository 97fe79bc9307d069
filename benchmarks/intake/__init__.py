"""How many complete answers a second the platform takes, beside the least that Flask can do."""
