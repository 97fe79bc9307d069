"""Residents: from a scanned code to a receipt."""
