"""Quotas: at most so many answers of a group in an area, held to while people answer."""
